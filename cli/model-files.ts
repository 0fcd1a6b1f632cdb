import { readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { exportRefused, parseExportedModel, type ExportedModel } from '../experiment/exported-model';
import { experimentSpec, model } from '../storage/keys';
import type { ObjectStore } from '../storage/object-store';
import { hashFile } from '../storage/transfer';
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

/** Where a file of an export lies in the folder that it is fetched into; undefined for a name that is none of ours. */
const placeOf = (path: string, formats: readonly ModelFormat[] = modelFormats): string | undefined =>
  formats.map((format) => fileOf[format].exec(path)?.[2]).find((place) => place !== undefined);

/**
 * Copies the weights that an experiment exported, with what loads them, into a folder. Each file is checked against the
 * digest that it was exported with, and none appears there before all are. What another export left there goes.
 * @returns the files here, and those that went
 * @throws {CliFailure} when there are none yet, when one is damaged or gone, or when the folder cannot be written
 */
export async function fetchModel(
  store: ObjectStore,
  name: string,
  folder: string,
  format: ModelFormat = 'pytorch',
): Promise<{ files: string[]; removed: string[] }> {
  const exported = await exportOf(store, name);
  if (!exported) throw new CliFailure(exitCodes.input, await whyNone(store, name));
  const { described, body } = exported;
  const wanted = Object.entries(described.files).flatMap(([path, { sha256 }]) => {
    const file = placeOf(path, [format]);
    return file === undefined ? [] : [{ key: model(name, path), file, sha256 }];
  });
  if (wanted.length === 0)
    throw new CliFailure(
      exitCodes.input,
      `"${name}" has no SavedModels in ${store.location}. ${described.savedModelProblem ?? ''}`.trim(),
    );
  let removed: string[] = [];
  const files = await fillFolder(folder, async (to) => {
    await fetchVerified(store, wanted, to, (what, cause) => refused(name, what, cause));
    await writeFile(join(to, 'model.json'), body);
    removed = await removeEarlier(folder, described, new Set(wanted.map(({ file }) => file)));
  });
  return { files, removed };
}

/**
 * Removes the files that the model.json of a folder lists, and that are still those by their digests, unless the export
 * that comes has them too. Whatever else lies there stays.
 * @param replaced files of the folder that are written anew
 */
async function removeEarlier(folder: string, coming: ExportedModel, replaced: Set<string>): Promise<string[]> {
  const removed: string[] = [];
  for (const [path, { sha256 }] of Object.entries(await listedIn(folder))) {
    const place = placeOf(path);
    if (place === undefined || replaced.has(place) || coming.files[path]?.sha256 === sha256) continue;
    const file = join(folder, place);
    const there = await hashFile(file).catch(() => null);
    if (there?.sha256 !== sha256) continue;
    await rm(file);
    removed.push(file);
    for (let above = dirname(place); above !== '.'; above = dirname(above))
      await rmdir(join(folder, above)).catch(() => undefined); // not empty: something else lies there
  }
  return removed.sort();
}

/** What the model.json of an earlier export lists; nothing where there is none, or one that is not ours. */
async function listedIn(folder: string): Promise<ExportedModel['files']> {
  try {
    return parseExportedModel(await readFile(join(folder, 'model.json'), 'utf8')).files;
  } catch {
    return {};
  }
}

/** A line for each file that an earlier export had left. */
export const removedLines = (removed: readonly string[]): string[] =>
  removed.map((file) => `${file} is removed: it was of the export that lay there before, and is not of this one.`);

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
    ((await store.head(experimentSpec(name))) === null
      ? ', and no experiment of that name was started with this storage. "byol list" shows those there are.'
      : `: they are written when its training is complete. "byol status ${name}" tells how far it is.`));

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
    'image = Image.open("photo.jpg")  # a picture of your own',
    `features = net(prepare(image)[None])  # [N, ${channels}, ${height}, ${width}] -> [N, d]`,
  ];
}

/** What stands above those lines. @param toExport the experiment whose weights have to be fetched first; '' where they are here */
export const pytorchCaption = (toExport = ''): string =>
  `The encoder in PyTorch${toExport ? `, after "byol export ${toExport}"` : ''} (needs torchvision, safetensors and pillow):`;
