import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as keys from '../storage/keys';
import type { ObjectStore } from '../storage/object-store';
import { DatasetError } from './errors';
import { datasetManifest, type DatasetManifest, type SplitName } from './manifest';

/** @throws DatasetError when the object is no manifest of this version */
export async function loadManifest(store: ObjectStore, digest: string): Promise<DatasetManifest> {
  const key = keys.datasetManifest(digest);
  const parsed = datasetManifest.safeParse(JSON.parse((await store.get(key)).toString()));
  if (parsed.success) return parsed.data;
  throw new DatasetError(
    `${key} in ${store.location} is not a dataset manifest of this version: ${parsed.error.message}`,
  );
}

/**
 * Brings a split's shards to this machine, into files that are named by their digest and kept for later calls.
 *
 * @returns the files, in order
 */
export async function downloadShards(
  store: ObjectStore,
  manifest: DatasetManifest,
  split: SplitName,
  folder: string,
): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const files: string[] = [];
  for (const { sha256, bytes } of manifest.splits[split]?.shards ?? []) {
    const file = join(folder, sha256);
    const there = await stat(file).catch(() => null);
    if (there?.size !== bytes) await store.download(keys.datasetBlob(sha256), file, sha256);
    files.push(file);
  }
  return files;
}

/** Class of each image of a split, from 0. */
export async function readLabels(store: ObjectStore, manifest: DatasetManifest, split: SplitName): Promise<Uint8Array> {
  const stored = manifest.splits[split];
  if (!stored?.labels) throw new DatasetError(`the split ${split} of ${manifest.origin.source} has no labels`);
  return new Uint8Array(await store.get(keys.datasetBlob(stored.labels.sha256)));
}
