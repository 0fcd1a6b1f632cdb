import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { downloadShards } from '../../datasets/read';
import { imageBytes } from '../../datasets/shards';
import type { DatasetManifest, SplitName } from '../../datasets/manifest';
import { imagesPerCall } from '../../training/program';
import type { TrainingDependencies } from '../training-dependencies';

/** Files that this process made: what an earlier one left may be what a power cut made of it. */
const made = new Set<string>();

/**
 * Some images of a split as files of raw uint8 NHWC, in the order of `places`, few enough in each for one call. What an
 * earlier call of this process left in the cache is used again.
 *
 * @returns the files' paths
 */
export async function imageFiles(
  { store, cache }: Pick<TrainingDependencies, 'store' | 'cache'>,
  manifest: DatasetManifest,
  split: SplitName,
  places: ArrayLike<number>,
): Promise<string[]> {
  const bytes = imageBytes(manifest.image);
  const { shards = [] } = manifest.splits[split] ?? {};
  const content = [shards.map(({ sha256 }) => sha256), Array.from(places)];
  const name = createHash('sha256').update(JSON.stringify(content)).digest('hex');
  const folder = join(cache, 'image-files');
  const perFile = imagesPerCall(manifest.image);
  const parts = Array.from({ length: Math.ceil(places.length / perFile) }, (_, part) => ({
    path: join(folder, `${name}-${part}`),
    places: Array.from(places).slice(part * perFile, (part + 1) * perFile),
  }));
  const there = await Promise.all(parts.map((part) => isThere(part.path, part.places.length * bytes)));
  if (!there.every(Boolean)) {
    const paths = await downloadShards(store, manifest, split, join(cache, 'shards'));
    const files = shards.map(({ count }, at) => ({ path: paths[at] as string, count }));
    await mkdir(folder, { recursive: true });
    for (const part of parts) await writeWhole(part.path, await readImages(files, part.places, bytes));
  }
  return parts.map(({ path }) => path);
}

const isThere = async (path: string, bytes: number): Promise<boolean> =>
  made.has(path) && (await stat(path).catch(() => null))?.size === bytes;

/** Devices and workers may share a cache: a file is there as a whole or not at all. */
async function writeWhole(path: string, body: Buffer): Promise<void> {
  const unfinished = `${path}.${randomUUID()}.unfinished`;
  await writeFile(unfinished, body);
  await rename(unfinished, path);
  made.add(path);
}

async function readImages(
  shards: readonly { path: string; count: number }[],
  places: readonly number[],
  bytes: number,
): Promise<Buffer> {
  const images = Buffer.alloc(places.length * bytes);
  let from = 0;
  for (const { path, count } of shards) {
    const here = places.flatMap((place, at) => (place >= from && place < from + count ? [{ place, at }] : []));
    const file = here.length > 0 ? await open(path) : null;
    try {
      for (const { place, at } of here) await file?.read(images, at * bytes, bytes, (place - from) * bytes);
    } finally {
      await file?.close();
    }
    from += count;
  }
  return images;
}
