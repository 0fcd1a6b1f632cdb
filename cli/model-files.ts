import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exportRefused, parseExportedModel, type ExportedModel } from '../experiment/exported-model';
import { model } from '../storage/keys';
import type { ObjectStore } from '../storage/object-store';
import { CliFailure, exitCodes } from './failure';
import { fetchVerified, fillFolder } from './filled-folder';
import { lostInSweep } from './sweep/lost';

export const defaultModelFolder = (name: string): string => join('models', name);

/** In which form: safetensors files with load.py, or TensorFlow's SavedModels. */
export const modelFormats = ['pytorch', 'savedmodel'] as const;
export type ModelFormat = (typeof modelFormats)[number];

/** Names of our own alone, so that nothing gets out of the folder. */
const fileOf: Record<ModelFormat, RegExp> = {
  pytorch: /^()([A-Za-z0-9][A-Za-z0-9._-]*)$/,
  savedmodel: /^(savedmodel\/)([A-Za-z0-9][A-Za-z0-9._-]*(?:\/assets\.extra)?\/[A-Za-z0-9][A-Za-z0-9._-]*)$/,
};

/**
 * Copies the weights that an experiment exported, with what loads them, into a folder. Each file is checked against the
 * digest that it was exported with, and none appears there before all are.
 * @returns the files here
 * @throws {CliFailure} when there are none yet, when one is damaged or gone, or when the folder cannot be written
 */
export async function fetchModel(
  store: ObjectStore,
  name: string,
  folder: string,
  format: ModelFormat = 'pytorch',
): Promise<string[]> {
  const exported = await exportOf(store, name);
  if (!exported) throw new CliFailure(exitCodes.input, await whyNone(store, name));
  const { described, body } = exported;
  const wanted = Object.entries(described.files).flatMap(([path, { sha256 }]) => {
    const file = fileOf[format].exec(path)?.[2];
    return file === undefined ? [] : [{ key: model(name, path), file, sha256 }];
  });
  if (wanted.length === 0)
    throw new CliFailure(
      exitCodes.input,
      `"${name}" has no SavedModels in ${store.location}. ${described.savedModelProblem ?? ''}`.trim(),
    );
  return fillFolder(folder, async (to) => {
    await fetchVerified(store, wanted, to, (what, cause) => refused(name, what, cause));
    if (format === 'pytorch') await writeFile(join(to, 'model.json'), body);
  });
}

const refused = (name: string, what: string, cause: unknown) =>
  new CliFailure(exitCodes.input, exportRefused(name, what), { cause });

/** What an experiment exported, and its model.json as it is; null where it has exported nothing yet. */
async function exportOf(store: ObjectStore, name: string): Promise<{ described: ExportedModel; body: Buffer } | null> {
  const key = model(name, 'model.json');
  const stored = await store.getIfPresent(key);
  if (!stored) return null;
  try {
    return { described: parseExportedModel(stored.body.toString('utf8')), body: stored.body };
  } catch (error) {
    throw refused(
      name,
      `${key} in ${store.location} is not what byol writes there (${(error as Error).message})`,
      error,
    );
  }
}

const whyNone = async (store: ObjectStore, name: string): Promise<string> =>
  `There are no exported weights of "${name}" in ${store.location}` +
  ((await lostInSweep(store, name)) ??
    `: they are written when its training is complete. "byol status ${name}" tells how far it is.`);

/**
 * Python that loads an experiment's encoder from the folder that `byol export` writes, and applies it to an image: load.py
 * has the functions.
 * @returns [] where no encoder was exported
 * @throws {CliFailure} when its model.json is none
 */
export async function pytorchLines(store: ObjectStore, name: string, folder: string): Promise<string[]> {
  const exported = await exportOf(store, name);
  if (!exported) return [];
  const { input, encoders } = exported.described;
  const [first, other] = encoders.seeds;
  if (first === undefined) return [];
  const { channels, height, width } = input;
  return [
    `import sys; sys.path.insert(0, ${JSON.stringify(folder)})`,
    'from PIL import Image',
    'from load import encoder, prepare',
    `net = encoder()  # of seed ${first}${other === undefined ? '' : `; encoder(seed=${other}) is another`}`,
    `features = net(prepare(Image.open("photo.jpg"))[None])  # [N, ${channels}, ${height}, ${width}] -> [N, d]`,
  ];
}

/** What stands above those lines. @param toExport the experiment whose weights have to be fetched first; '' where they are here */
export const pytorchCaption = (toExport = ''): string =>
  `The encoder in PyTorch${toExport ? `, after "byol export ${toExport}"` : ''} (needs torchvision, safetensors and pillow):`;
