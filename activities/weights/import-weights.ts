import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { cancellationSignal } from '@temporalio/activity';
import { loadManifest } from '../../datasets/read';
import type { ExperimentSpec } from '../../experiment/resolve';
import * as keys from '../../storage/keys';
import type { ObjectStore } from '../../storage/object-store';
import { hashFile } from '../../storage/transfer';
import type { StateLayout } from '../../training/state';
import { fromTorch, toTorchShape } from '../../training/torch-layout';
import { backboneLayout } from '../../training/weights/backbone-layout';
import { matchBackbone, type MatchedTensor } from '../../training/weights/match';
import { WeightsError } from '../../training/weights/weights-error';
import type { FetchDependencies } from '../dataset/fetch-dataset';
import { withPulse } from '../pulse';
import { readSpec, type ExperimentRef } from '../read-spec';
import { scratchFolder } from '../machine/scratch';
import { fetchWeights } from './fetch-weights';
import { openWeights, type WeightFile } from './weight-file';
import { readWeightsRecord, type WeightsRecord } from './weights-record';

export interface ImportWeightsInput {
  experiment: ExperimentRef;
  /** Digest of the dataset's manifest: the images' channels decide the first layer. */
  dataset: string;
}

export interface ImportedWeights {
  /** sha256 of the weights as they were read. */
  digest: string;
  remarks: string[];
}

export type ImportWeights = (input: ImportWeightsInput) => Promise<ImportedWeights>;

/**
 * @returns the activity `importWeights`: the starting weights that `model.weights` names, checked against the network and
 * kept as an object under the digest of its content. What the experiment was started with stays: the source is not
 * looked at again while that object is there.
 */
export function createImportWeights({ store, scratch }: FetchDependencies): ImportWeights {
  return ({ experiment, dataset }) =>
    withPulse({ stage: 'fetch' }, async (tell) => {
      const spec = await readSpec(store, experiment);
      const known = await readWeightsRecord(store, spec.name);
      if (known && (await isThere(store, known))) return toldOf(known);
      const layout = backboneLayout(spec.model, (await loadManifest(store, dataset)).image);
      return scratchFolder(scratch, async (folder) => {
        const signal = cancellationSignal();
        const report = (message: string) => tell({ stage: 'fetch', message });
        const fetched = await fetchWeights(sourceOf(spec), { store, scratch: folder, signal, tell: report });
        const record = await convert(spec, fetched, layout, join(folder, 'weights'));
        await keep(store, spec.name, record, join(folder, 'weights'));
        return toldOf(record);
      });
    });
}

const toldOf = ({ digest, remarks }: WeightsRecord): ImportedWeights => ({ digest, remarks });

const sourceOf = ({ name, model }: ExperimentSpec): string => {
  if (model.weights === undefined) throw new WeightsError(`The spec of ${name} names no model.weights to import.`);
  return model.weights;
};

async function isThere(store: ObjectStore, { digest, bytes }: WeightsRecord): Promise<boolean> {
  return (await store.head(keys.weights(digest)))?.bytes === bytes;
}

/** Reads the file and writes the backbone's weights to `to`, in our layout. */
async function convert(
  { model }: ExperimentSpec,
  { path, shown }: { path: string; shown: string },
  layout: StateLayout,
  to: string,
): Promise<WeightsRecord> {
  const file = await openWeights(path, shown);
  try {
    const found = await hashFile(path);
    if (model.weightsSha256 !== undefined && model.weightsSha256 !== found.sha256)
      throw new WeightsError(
        `${shown} is not the file that model.weightsSha256 describes: its sha256 should be ${model.weightsSha256} and is ` +
          `${found.sha256}. Look at the file, or correct the setting.`,
      );
    const { tensors, remarks } = matched(layout, file, shown);
    await writeBackbone(file, layout, tensors, shown, to);
    const { sha256: digest, bytes } = await hashFile(to);
    return {
      format: 'durable-byol-weights/1',
      digest,
      bytes,
      source: shown,
      file: { format: file.format, ...found },
      tensors: tensors.length,
      remarks: [...file.remarks, ...remarks],
    };
  } finally {
    await file.close();
  }
}

function matched(layout: StateLayout, file: WeightFile, shown: string): ReturnType<typeof matchBackbone> {
  try {
    return matchBackbone(layout.tensors, file.shapes);
  } catch (error) {
    throw new WeightsError(`${shown} does not fit: ${(error as Error).message}.`, { cause: error });
  }
}

async function writeBackbone(
  file: WeightFile,
  layout: StateLayout,
  tensors: readonly MatchedTensor[],
  shown: string,
  to: string,
): Promise<void> {
  const out = await open(to, 'wx', 0o600);
  try {
    await out.writeFile(layout.header);
    for (const { from, shape } of tensors) {
      const given = await file.values(from);
      if (!given.every(Number.isFinite))
        throw new WeightsError(
          `${shown} holds numbers in ${from} that are not finite: nothing can be trained from them.`,
        );
      if (from.endsWith('running_var') && given.some((variance) => variance < 0))
        throw new WeightsError(
          `${shown} holds a variance in ${from} that is negative: it is damaged, or no state dict.`,
        );
      const { values } = fromTorch({ shape: toTorchShape(shape), values: given });
      await out.writeFile(Buffer.from(values.buffer, values.byteOffset, values.byteLength));
    }
  } finally {
    await out.close();
  }
}

/** @throws WeightsError where the experiment was started with other weights, whose object is gone */
async function keep(store: ObjectStore, name: string, record: WeightsRecord, path: string): Promise<void> {
  const known = await readWeightsRecord(store, name);
  if (known && known.digest !== record.digest)
    throw new WeightsError(
      `The source of ${name}'s starting weights, ${record.source}, holds other weights than when the experiment was started, ` +
        `and those are gone from ${store.location}. Put the old file back and resume, or start under a new name.`,
    );
  if (!(await isThere(store, record))) await store.upload(path, keys.weights(record.digest), record.digest);
  if (!known) await store.put(keys.experimentWeights(name), Buffer.from(JSON.stringify(record, null, 2)));
}
