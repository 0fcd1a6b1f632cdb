import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cifarFormats } from '../../datasets/cifar-files';
import { DatasetError } from '../../datasets/errors';
import { startImportingBench, committed, type ImportingBench } from './importing-bench';
import { checksOf, entriesOf, smallCifar10, smallCifar100 } from './small-cifar';
import { archiveOf, writeFolder, type Files } from './small-stl10';

jest.setTimeout(120_000);

let bench: ImportingBench;
beforeAll(async () => {
  bench = await startImportingBench();
});
afterAll(() => bench.stop());
beforeEach(() => bench.begin());

type Kind = 'cifar10' | 'cifar100';
const small = { cifar10: smallCifar10(), cifar100: smallCifar100() };
const trainFiles = { cifar10: [1, 2, 3, 4, 5].map((n) => `data_batch_${n}.bin`), cifar100: ['train.bin'] };
const spec = (kind: Kind, source: string, files: ReturnType<typeof checksOf> | undefined = checksOf(small[kind])) =>
  ({ kind, source, files, unlabelled: 'all', validation: 5 }) as const;

async function archiveAt(name: string, kind: Kind, files: Files = small[kind]): Promise<string> {
  const path = join(bench.folder, name);
  await writeFile(path, await archiveOf(entriesOf(kind, files)));
  return path;
}

/** By the format's definition: labels, then 1024 red, 1024 green, 1024 blue bytes, row by row. */
function decoded(kind: Kind, files: Files, names: readonly string[]) {
  const labelBytes = kind === 'cifar10' ? 1 : 2;
  const bytes = Buffer.concat(names.map((name) => files[name] as Buffer));
  const labels: number[] = [];
  const pixels: number[] = [];
  for (let at = 0; at < bytes.length; at += labelBytes + 3072) {
    labels.push(bytes[at + labelBytes - 1] as number);
    for (let row = 0; row < 32; row++)
      for (let column = 0; column < 32; column++)
        for (let channel = 0; channel < 3; channel++)
          pixels.push(bytes[at + labelBytes + channel * 1024 + row * 32 + column] as number);
  }
  return { labels, pixels: Buffer.from(pixels) };
}

test.each<[Kind, string, number]>([
  ['cifar10', 'test_batch.bin', 10],
  ['cifar100', 'test.bin', 100],
])('the archive of %s becomes NHWC images in order, fine labels and class names', async (kind, test, classes) => {
  // In the archive the files come in any order: here the last batch first.
  const backwards = Object.fromEntries(Object.entries(small[kind]).reverse());
  const imported = await bench.import(spec(kind, await archiveAt('small.tar.gz', kind, backwards)));
  const { manifest } = imported;
  expect(manifest.kind).toBe(kind);
  expect(manifest.image).toEqual({ height: 32, width: 32, channels: 3 });
  expect(manifest.classes).toEqual(Array.from({ length: classes }, (_, at) => `name ${at}`));
  expect(manifest.splits.unlabelled).toBeUndefined();
  for (const [split, names] of [
    ['train', trainFiles[kind]],
    ['test', [test]],
  ] as const) {
    const expected = decoded(kind, small[kind], names);
    expect(await bench.labels(imported, split)).toEqual(expected.labels);
    expect((await bench.images(imported, split)).equals(expected.pixels)).toBe(true);
  }
  const red = decoded(kind, small[kind], trainFiles[kind]).pixels.filter((_, at) => at % 3 === 0);
  const mean = red.reduce((sum, value) => sum + value / 255, 0) / red.length;
  expect(manifest.normalize.mean[0]).toBeCloseTo(mean, 3);
});

test('an archive and the folder it unpacks to are one dataset, and a second import reads nothing', async () => {
  const first = await bench.import(spec('cifar10', await archiveAt('once.tar.gz', 'cifar10')));
  expect(await bench.import(spec('cifar10', '/no/such/place'))).toEqual({ ...first, fetched: false });
  bench.begin();
  const folder = await writeFolder(join(bench.folder, 'unpacked'), small.cifar10);
  expect((await bench.import(spec('cifar10', folder))).digest).toBe(first.digest);
});

test('a folder with other names of classes is not taken for the one before', async () => {
  const first = await bench.import(spec('cifar10', await writeFolder(join(bench.folder, 'named'), small.cifar10)));
  const names = Buffer.from(Array.from({ length: 10 }, (_, at) => `other ${at}\n`).join(''));
  const renamed = { ...small.cifar10, 'batches.meta.txt': names };
  const again = await bench.import(spec('cifar10', await writeFolder(join(bench.folder, 'renamed'), renamed)));
  expect(again.digest).not.toBe(first.digest);
  expect(again.manifest.classes[3]).toBe('other 3');
});

const refusal = async (kind: Kind, files: Files, checks?: ReturnType<typeof checksOf>) => {
  const source = await archiveAt('refused.tar.gz', kind, files);
  const failure = await bench.import(spec(kind, source, checks)).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(DatasetError);
  expect(await committed(bench)).toEqual([]);
  return (failure as Error).message;
};

test('damage is named: another size, another content, a label that is none, files and names that lack', async () => {
  const files = small.cifar10;
  const batch = files['data_batch_3.bin'] as Buffer;
  const flipped = Buffer.from(batch);
  flipped[2000] = (flipped[2000] as number) ^ 1;
  expect(await refusal('cifar10', { ...files, 'data_batch_3.bin': flipped })).toMatch(
    /data_batch_3\.bin in .* its md5 should be [0-9a-f]{32} and is [0-9a-f]{32}/,
  );
  expect(await refusal('cifar10', { ...files, 'data_batch_3.bin': batch.subarray(1) })).toMatch(
    /data_batch_3\.bin in .* has 18437 bytes, and 18438 were expected/,
  );
  const wrong = { ...files, 'data_batch_3.bin': Buffer.from(batch) };
  wrong['data_batch_3.bin'].writeUInt8(10, 3073);
  expect(await refusal('cifar10', wrong, checksOf(wrong))).toMatch(
    /data_batch_3\.bin: the label of image 1 .* is 10, and labels are 0 to 9/,
  );
  const { 'data_batch_2.bin': _batch, 'batches.meta.txt': _names, ...rest } = files;
  expect(await refusal('cifar10', rest)).toMatch(/lacks data_batch_2\.bin, batches\.meta\.txt\. CIFAR-10 has/);
  expect(await refusal('cifar10', { ...files, 'batches.meta.txt': Buffer.from('cat\ndog\n') })).toMatch(
    /batches\.meta\.txt has 2 names/,
  );
  expect(await refusal('cifar10', { ...files, 'evil.sh': Buffer.from('x') })).toMatch(/no file of CIFAR-10/);
});

test('the other dataset, and checks that cannot be those of one, are refused', async () => {
  const archive = await archiveAt('other.tar.gz', 'cifar10');
  await expect(bench.import(spec('cifar100', archive))).rejects.toThrow(
    /is not CIFAR-100's archive: it holds "cifar-10-batches-bin/,
  );
  const { 'test.bin': _test, ...rest } = checksOf(small.cifar100);
  await expect(bench.import(spec('cifar100', archive, rest))).rejects.toThrow(/test\.bin is missing/);
  const odd = { ...rest, 'test.bin': { bytes: 3075, md5: '0'.repeat(32) } };
  await expect(bench.import(spec('cifar100', archive, odd))).rejects.toThrow(/3075 bytes, which is no whole number/);
});

test('without files in the spec it must be the published archive: sizes, and its md5 as a whole', async () => {
  const small = { kind: 'cifar10', unlabelled: 'all', validation: 5 } as const;
  const source = await archiveAt('small-official.tar.gz', 'cifar10');
  await expect(bench.import({ ...small, source })).rejects.toThrow(/\d+ bytes, and 30730000 were expected/);
  // Right names and sizes, wrong bytes: only the end shows it.
  const zeros = Object.fromEntries(
    Object.entries(cifarFormats.cifar10.published.files).map(([name, { bytes }]) => [name, Buffer.alloc(bytes)]),
  );
  const names = Buffer.from(Array.from({ length: 10 }, (_, at) => `name ${at}`).join('\n'));
  const look = await archiveAt('look-alike.tar.gz', 'cifar10', { ...zeros, 'batches.meta.txt': names });
  await expect(bench.import({ ...small, source: look })).rejects.toThrow(
    /should have 170052171 bytes with the md5 c32a1d4ab5d03f1284b67883e8d87530 and has \d+ with [0-9a-f]{32}/,
  );
  expect(await committed(bench)).toEqual([]);
});
