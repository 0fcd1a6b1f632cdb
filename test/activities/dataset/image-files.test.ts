import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { imageFiles } from '../../../activities/dataset/image-files';
import type { DatasetManifest } from '../../../datasets/manifest';
import { storeBlob } from '../../../datasets/shards';
import type { ObjectStore } from '../../../storage/object-store';
import { useObjectStore } from '../../servers/object-store';

const objects = useObjectStore();
let cache: string;
beforeAll(async () => {
  cache = await mkdtemp(join(tmpdir(), 'byol-image-files-'));
}, 60_000);
afterAll(async () => {
  await rm(cache, { recursive: true });
});

/** Images of one colour each, whose every byte is the image's place: in shards of the given counts. */
async function manifestOf(side: number, counts: number[]): Promise<DatasetManifest> {
  let place = 0;
  const shards = await Promise.all(
    counts.map(async (count) => {
      const images = Array.from({ length: count }, () => Buffer.alloc(side * side * 3, place++));
      return { ...(await storeBlob(objects.store, Buffer.concat(images))), count };
    }),
  );
  const image = { height: side, width: side, channels: 3 as const };
  return { image, splits: { train: { count: place, shards } } } as unknown as DatasetManifest;
}

const read = async (paths: string[]) => Promise.all(paths.map((path) => readFile(path)));

test('images come from every shard, in the order of the places', async () => {
  const manifest = await manifestOf(2, [3, 4, 2]);
  const paths = await imageFiles({ store: objects.store, cache }, manifest, 'train', [8, 0, 3, 6, 2]);
  const [bytes, ...more] = await read(paths);
  expect(more).toEqual([]);
  expect([...(bytes as Buffer)].filter((_, at) => at % 12 === 0)).toEqual([8, 0, 3, 6, 2]);
  expect(bytes).toHaveLength(5 * 12);
});

test('large images are spread over files that one call can take', async () => {
  const manifest = await manifestOf(800, [4]);
  const files = await read(await imageFiles({ store: objects.store, cache }, manifest, 'train', [3, 2, 1, 0]));
  expect(files.map((file) => file.length / (800 * 800 * 3))).toEqual([3, 1]);
  expect(files.map((file) => file[0])).toEqual([3, 0]);
});

test('what the cache has is not read from storage again, and what is cut there is made anew', async () => {
  const manifest = await manifestOf(4, [5]);
  const [path] = (await imageFiles({ store: objects.store, cache }, manifest, 'train', [1, 4])) as [string];
  const whole = await readFile(path);
  const gone = { download: () => Promise.reject(new Error('asked again')) } as unknown as ObjectStore;
  expect(await imageFiles({ store: gone, cache }, manifest, 'train', [1, 4])).toEqual([path]);
  await writeFile(path, whole.subarray(0, 10));
  await imageFiles({ store: objects.store, cache }, manifest, 'train', [1, 4]);
  expect(await readFile(path)).toEqual(whole);
});

test('what another process left in the cache is not trusted, whatever its size', async () => {
  const manifest = await manifestOf(4, [3]);
  const [path] = (await imageFiles({ store: objects.store, cache }, manifest, 'train', [2, 0])) as [string];
  const whole = await readFile(path);
  const other = join(cache, 'of-another');
  const left = path.replace(cache, other);
  await mkdir(dirname(left), { recursive: true });
  await writeFile(left, Buffer.alloc(whole.length));
  expect(await imageFiles({ store: objects.store, cache: other }, manifest, 'train', [2, 0])).toEqual([left]);
  expect(await readFile(left)).toEqual(whole);
});

test('devices that ask for the same images at once both get them whole', async () => {
  const manifest = await manifestOf(28, [200]);
  for (let round = 0; round < 20; round++) {
    const places = Array.from({ length: 180 }, (_, at) => (at + round) % 200);
    const ask = async () => read(await imageFiles({ store: objects.store, cache }, manifest, 'train', places));
    for (const [bytes] of await Promise.all([ask(), ask()])) {
      expect(bytes).toHaveLength(180 * 28 * 28 * 3);
      expect(bytes?.at(-1)).toBe((179 + round) % 200);
    }
  }
});
