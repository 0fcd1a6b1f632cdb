import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatasetError } from '../../datasets/errors';
import { downloadShards } from '../../datasets/read';
import { datasetBlob } from '../../storage/keys';
import { startImportingBench, committed, type ImportingBench } from './importing-bench';
import { archiveOf, checksOf, entriesOf, imageBytes, smallStl10, writeFolder, type Files } from './small-stl10';

jest.setTimeout(120_000);

let bench: ImportingBench;
beforeAll(async () => {
  bench = await startImportingBench();
});
afterAll(() => bench.stop());
beforeEach(() => bench.begin());

const files = smallStl10();
const spec = (source: string, checks = checksOf(files)) =>
  ({ kind: 'stl10', source, files: checks, unlabelled: 'all', validation: 5 }) as const;

async function archiveAt(name: string, of: Files = files): Promise<string> {
  const path = join(bench.folder, name);
  await writeFile(path, await archiveOf(entriesOf(of)));
  return path;
}

test('the archive becomes NHWC images, labels from 0, the names of its classes, and the statistics of train', async () => {
  const imported = await bench.import(spec(await archiveAt('whole.tar.gz')));
  const { manifest } = imported;
  expect(imported.fetched).toBe(true);
  expect(manifest.image).toEqual({ height: 96, width: 96, channels: 3 });
  expect(manifest.classes).toEqual('plane bird car cat deer dog horse monkey ship truck'.split(' '));
  expect([manifest.splits.unlabelled?.count, manifest.splits.train.count, manifest.splits.test.count]).toEqual([
    30, 20, 10,
  ]);
  expect(await bench.labels(imported, 'train')).toEqual(Array.from({ length: 20 }, (_, index) => index % 10));
  expect(await bench.labels(imported, 'test')).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  for (const [split, name] of [
    ['unlabelled', 'unlabeled'],
    ['train', 'train'],
    ['test', 'test'],
  ] as const) {
    const expected = nhwc(files[`${name}_X.bin`] as Buffer);
    expect((await bench.images(imported, split)).equals(expected)).toBe(true);
  }
  const { mean, std } = channelStatistics(nhwc(files['train_X.bin'] as Buffer));
  manifest.normalize.mean.forEach((found, channel) => expect(found).toBeCloseTo(mean[channel] as number, 4));
  manifest.normalize.std.forEach((found, channel) => expect(found).toBeCloseTo(std[channel] as number, 4));
});

/** By the format's definition: byte = image * 27648 + channel * 9216 + x * 96 + y. */
function nhwc(planes: Buffer): Buffer {
  const out: number[] = [];
  for (let image = 0; image < planes.length / imageBytes; image++)
    for (let y = 0; y < 96; y++)
      for (let x = 0; x < 96; x++)
        for (let channel = 0; channel < 3; channel++)
          out.push(planes[image * 27648 + channel * 9216 + x * 96 + y] as number);
  return Buffer.from(out);
}

function channelStatistics(images: Buffer) {
  const channels = [0, 1, 2].map((channel) => [...images.filter((_, at) => at % 3 === channel)].map((v) => v / 255));
  const mean = channels.map((values) => values.reduce((sum, value) => sum + value, 0) / values.length);
  const std = channels.map((values, channel) => {
    const squares = values.reduce((sum, value) => sum + (value - (mean[channel] as number)) ** 2, 0);
    return Math.sqrt(squares / values.length);
  });
  return { mean, std };
}

test('the same content again fetches nothing, even where the source is gone or another', async () => {
  const path = await archiveAt('once.tar.gz');
  const first = await bench.import(spec(path));
  await rm(path);
  const again = await bench.import(spec(path));
  expect(again).toEqual({ ...first, fetched: false });
  expect(await bench.import(spec('/no/such/place'))).toEqual({ ...first, fetched: false });
});

test('files in any order, as a folder, and without the optional ones: the same images', async () => {
  const first = await bench.import(spec(await archiveAt('order.tar.gz')));
  bench.begin();
  const backwards = Object.fromEntries(Object.entries(files).reverse());
  expect((await bench.import(spec(await archiveAt('backwards.tar.gz', backwards)))).digest).toBe(first.digest);
  bench.begin();
  const folder = await writeFolder(join(bench.folder, 'stl10_binary'), files);
  expect((await bench.import(spec(folder))).digest).toBe(first.digest);
  bench.begin();
  const bare = Object.fromEntries(Object.entries(files).filter(([name]) => name.endsWith('.bin')));
  const { manifest } = await bench.import(spec(await archiveAt('bare.tar.gz', bare)));
  expect(manifest.splits).toEqual(first.manifest.splits);
  expect(manifest.classes[0]).toBe('airplane');
});

test('more than 32 MiB of images become several shards, in order', async () => {
  const many = smallStl10({ train: 20, test: 10, unlabeled: 1250 });
  const imported = await bench.import(spec(await writeFolder(join(bench.folder, 'many'), many), checksOf(many)));
  expect(imported.manifest.splits.unlabelled?.shards.map(({ count }) => count)).toEqual([1213, 37]);
  const images = await bench.images(imported, 'unlabelled');
  for (const image of [0, 1212, 1213, 1249]) {
    const expected = nhwc((many['unlabeled_X.bin'] as Buffer).subarray(image * imageBytes, (image + 1) * imageBytes));
    expect(images.subarray(image * imageBytes, (image + 1) * imageBytes).equals(expected)).toBe(true);
  }
});

describe('what the bucket lost or spoiled', () => {
  test.each([
    ['a shard gone', (key: string) => bench.store().delete(key)],
    ['a shard cut short', async (key: string) => bench.store().put(key, Buffer.alloc(5))],
  ])('%s: the dataset is imported anew', async (_name, spoil) => {
    const path = await archiveAt('spoilt.tar.gz');
    const first = await bench.import(spec(path));
    await spoil(datasetBlob(first.manifest.splits.test.shards[0]?.sha256 as string));
    const again = await bench.import(spec(path));
    expect(again).toEqual(first);
    expect((await bench.images(again, 'test')).equals(nhwc(files['test_X.bin'] as Buffer))).toBe(true);
  });

  test('a manifest or a source’s record that is garbage: the same', async () => {
    const path = await archiveAt('garbage.tar.gz');
    const first = await bench.import(spec(path));
    for (const key of await committed(bench)) {
      await bench.store().put(key, Buffer.from('{"format":'));
      expect(await bench.import(spec(path))).toEqual(first);
    }
    expect((await bench.import(spec(path))).fetched).toBe(false);
  });

  test('a shard with a flipped bit: named when it is read, and mended by the next import', async () => {
    const path = await archiveAt('flipped.tar.gz');
    const first = await bench.import(spec(path));
    const key = datasetBlob(first.manifest.splits.train.shards[0]?.sha256 as string);
    const bytes = await bench.store().get(key);
    bytes[1000] = (bytes[1000] as number) ^ 1;
    await bench.store().put(key, bytes);
    const cache = join(bench.folder, 'another-machine');
    const failure = await downloadShards(bench.store(), first.manifest, 'train', cache).catch(
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(DatasetError);
    expect(String(failure)).toMatch(new RegExp(`${key}.* is damaged.*Start the experiment again`, 's'));
    await bench.import(spec(path));
    await downloadShards(bench.store(), first.manifest, 'train', cache);
  });

  test('a file of the cache that was spoiled is fetched again', async () => {
    const imported = await bench.import(spec(await archiveAt('cache.tar.gz')));
    const cache = join(bench.folder, 'spoilt-cache');
    const [path] = (await downloadShards(bench.store(), imported.manifest, 'train', cache)) as [string];
    await writeFile(path, Buffer.alloc(20 * imageBytes));
    await downloadShards(bench.store(), imported.manifest, 'train', cache);
    expect((await readFile(path)).equals(nhwc(files['train_X.bin'] as Buffer))).toBe(true);
  });
});
