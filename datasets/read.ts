import { join } from 'node:path';
import { z } from 'zod';
import { ObjectDamagedError, ObjectMissingError } from '../storage/errors';
import { sha256 } from '../storage/integrity';
import { datasetBlob, datasetManifest as manifestKey } from '../storage/keys';
import type { ObjectStore } from '../storage/object-store';
import { hashFile } from '../storage/transfer';
import { DatasetError } from './errors';
import {
  datasetManifest,
  labelBytes,
  manifestDigest,
  type DatasetManifest,
  type DatasetSplit,
  type SplitName,
} from './manifest';

/** Starting the same experiment again imports the dataset anew where something of it is missing. */
const remedy = 'Start the experiment again under its name: the dataset is then imported anew.';

/** @throws DatasetError where it is not there or is not what its digest says */
export async function loadManifest(store: ObjectStore, digest: string): Promise<DatasetManifest> {
  const key = manifestKey(digest);
  const stored = await store.getIfPresent(key);
  if (stored === null) throw new DatasetError(`There is no dataset manifest "${key}" in ${store.location}. ${remedy}`);
  const manifest = datasetManifest.safeParse(parseJson(stored.body)).data;
  if (manifest !== undefined && manifestDigest(manifest) === digest) return manifest;
  throw new DatasetError(
    `The dataset manifest "${key}" in ${store.location} is damaged: its ${stored.body.length} bytes are not what its ` +
      `name says. ${remedy}`,
  );
}

/** undefined where the bytes are no JSON */
export function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

/**
 * Brings a split's images to this machine, each shard a file of uint8 NHWC images; files that are there already are
 * used if their SHA-256 is right.
 * @param folder a cache outside the source tree; shards of all datasets may share it
 * @returns a path for each shard, in the manifest's order
 * @throws DatasetError where an object is gone or damaged, DiskFullError, StorageError
 */
export async function downloadShards(
  store: ObjectStore,
  manifest: DatasetManifest,
  split: SplitName,
  folder: string,
): Promise<string[]> {
  const paths: string[] = [];
  for (const { sha256: digest, bytes } of splitOf(manifest, split).shards) {
    const path = join(folder, digest);
    if (!(await isWhole(path, digest, bytes))) {
      await readingBlob(store, digest, () => store.download(datasetBlob(digest), path, digest));
    }
    paths.push(path);
  }
  return paths;
}

/** Class of each image of a split, from 0. */
export type ClassLabels = Uint8Array | Uint16Array;

/** @throws DatasetError */
export async function readLabels(
  store: ObjectStore,
  manifest: DatasetManifest,
  split: SplitName,
): Promise<ClassLabels> {
  const { labels } = splitOf(manifest, split);
  if (labels === undefined)
    throw new DatasetError(`The split "${split}" of this ${manifest.kind} dataset has no labels.`);
  const bytes = await readBlob(store, labels.sha256);
  const found =
    labelBytes(manifest) === 1
      ? new Uint8Array(bytes)
      : Uint16Array.from({ length: bytes.length / 2 }, (_, at) => bytes.readUInt16LE(2 * at));
  const wrong = found.find((label) => label >= manifest.classes.length);
  if (wrong === undefined) return found;
  throw new DatasetError(
    `The labels "${datasetBlob(labels.sha256)}" in ${store.location} hold ${wrong}, and there are ` +
      `${manifest.classes.length} classes, from 0.`,
  );
}

/** Path in the source of each image of a split; null where the dataset has no such names. @throws DatasetError */
export async function readNames(
  store: ObjectStore,
  manifest: DatasetManifest,
  split: SplitName,
): Promise<string[] | null> {
  const { names, count } = splitOf(manifest, split);
  if (names === undefined) return null;
  const found = z
    .array(z.string())
    .length(count)
    .safeParse(parseJson(await readBlob(store, names.sha256))).data;
  if (found) return found;
  throw new DatasetError(`"${datasetBlob(names.sha256)}" in ${store.location} are not the names of ${count} images.`);
}

/** The folds of the training split: [fold][place]; null where the dataset was imported without. @throws DatasetError */
export async function readFolds(store: ObjectStore, { splits }: DatasetManifest): Promise<number[][] | null> {
  const { folds, count } = splits.train;
  if (folds === undefined) return null;
  const place = z
    .int()
    .min(0)
    .max(count - 1);
  const found = z
    .array(z.array(place).min(1))
    .min(1)
    .safeParse(parseJson(await readBlob(store, folds.sha256))).data;
  if (found) return found;
  throw new DatasetError(`"${datasetBlob(folds.sha256)}" in ${store.location} is not a list of folds.`);
}

/** An object that a manifest names. @throws DatasetError where it is gone or damaged */
export async function readBlob(store: ObjectStore, digest: string): Promise<Buffer> {
  const key = datasetBlob(digest);
  return readingBlob(store, digest, async () => {
    const stored = await store.get(key);
    if (sha256(stored) === digest) return stored;
    throw new ObjectDamagedError(`"${key}" in ${store.location} is not what its name says.`);
  });
}

function splitOf(manifest: DatasetManifest, name: SplitName): DatasetSplit {
  const split = manifest.splits[name];
  if (split) return split;
  throw new DatasetError(
    `This ${manifest.kind} dataset has no split "${name}"; it has ${Object.keys(manifest.splits).join(', ')}.`,
  );
}

async function isWhole(path: string, digest: string, bytes: number): Promise<boolean> {
  const found = await hashFile(path).catch(() => null);
  return found?.bytes === bytes && found.sha256 === digest;
}

async function readingBlob<T>(store: ObjectStore, digest: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof ObjectMissingError) && !(error instanceof ObjectDamagedError)) throw error;
    // Otherwise an import, which looks at sizes, would take it for whole.
    if (error instanceof ObjectDamagedError) await store.delete(datasetBlob(digest));
    throw new DatasetError(
      `The dataset's object "${datasetBlob(digest)}" in ${store.location} is ` +
        `${error instanceof ObjectMissingError ? 'gone' : 'damaged'}. ${remedy}`,
      { cause: error },
    );
  }
}
