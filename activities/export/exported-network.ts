import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExperimentSpec } from '../../experiment/resolve';
import { restoreLatestCheckpoint } from '../../storage/checkpoint-restore';
import { translateDiskError } from '../../storage/errors';
import type { ObjectStore } from '../../storage/object-store';
import type { ImageFormat } from '../../training/images';
import { inferenceModel, ModelTooLargeError, refuseTooLarge, type ExportedNetwork } from '../../training/inference';
import { toTorch } from '../../training/torch-layout';
import { ResultMissingError } from '../formats/stored-result';
import { openSafetensors, writeSafetensors, type SafetensorsReader, type TensorToWrite } from '../formats/safetensors';

/** One network as files of this machine. */
export interface NetworkFiles {
  /** For PyTorch: torchvision's names and layouts. */
  safetensors: string;
  /** saved_model.pb, or why there is none. */
  savedModel: string | ModelTooLargeError;
}

/**
 * Writes the network of a run's last state in the forms that other programs read.
 * @param folder a new one
 * @throws ResultMissingError where no whole checkpoint is left
 */
export async function exportNetwork(
  store: ObjectStore,
  { spec, format }: { spec: ExperimentSpec; format: ImageFormat },
  { run, network }: { run: string; network: ExportedNetwork },
  folder: string,
): Promise<NetworkFiles> {
  await mkdir(folder);
  const state = join(folder, 'state');
  const { checkpoint, skipped } = await restoreLatestCheckpoint(store, { experiment: spec.name, run }, state);
  if (!checkpoint)
    throw new ResultMissingError(
      `The weights of ${run} cannot be exported: ${store.location} has no whole checkpoint of it ${skipped.join('; ')}. ` +
        `"byol resume ${spec.name}" trains again what is lost.`,
    );
  const file = await openSafetensors(state);
  try {
    const safetensors = join(folder, 'safetensors');
    await writeSafetensors(safetensors, { format: 'pt', experiment: spec.name, run }, torchTensors(file, network));
    return { safetensors, savedModel: await writeSavedModel(file, spec, format, network, join(folder, 'saved-model')) };
  } finally {
    await file.close();
    await rm(state);
  }
}

/** The name in the exported file of a tensor of the state; null for what is no part of the network. */
function torchName(name: string, network: ExportedNetwork): string | null {
  if (name.startsWith(network.prefix)) return name.slice(network.prefix.length);
  return 'classes' in network && name.startsWith('fc.') ? name : null;
}

function torchTensors(file: SafetensorsReader, network: ExportedNetwork): TensorToWrite[] {
  return Object.entries(file.entries).flatMap(([stateName, entry]) => {
    const name = torchName(stateName, network);
    if (name === null) return [];
    const values = async () => {
      const bytes = await file.read(entry);
      const read = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
      return toTorch({ shape: entry.shape, values: read }).values;
    };
    return [{ name, shape: toTorch({ shape: entry.shape, values: new Float32Array(0) }).shape, values }];
  });
}

async function writeSavedModel(
  file: SafetensorsReader,
  spec: ExperimentSpec,
  format: ImageFormat,
  network: ExportedNetwork,
  path: string,
): Promise<string | ModelTooLargeError> {
  const entries = Object.entries(file.entries).filter(([name]) => torchName(name, network) !== null);
  const sizes = entries.map(
    ([
      ,
      {
        data_offsets: [begin, end],
      },
    ]) => end - begin,
  );
  try {
    refuseTooLarge(sizes.reduce((sum, size) => sum + size, 0));
    const weights = new Map<string, { shape: number[]; bytes: Uint8Array }>();
    for (const [name, entry] of entries) weights.set(name, { shape: entry.shape, bytes: await file.read(entry) });
    const model = inferenceModel(spec.model, format, weights, network);
    await writeFile(path, model).catch((error: unknown) => {
      throw translateDiskError(error, path);
    });
    return path;
  } catch (error) {
    if (error instanceof ModelTooLargeError) return error;
    throw error;
  }
}
