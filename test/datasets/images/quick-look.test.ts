import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { DatasetError } from '../../../datasets/errors';
import { listImages } from '../../../datasets/images/listing';
import { quickLook } from '../../../datasets/images/quick-look';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'byol-quick-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const png = (width: number, height: number, channels: 1 | 3 = 3) => {
  const image = sharp({ create: { width, height, channels: 3, background: { r: 9, g: 99, b: 200 } } });
  return (channels === 1 ? image.toColourspace('b-w') : image).png().toBuffer();
};
async function write(files: Record<string, Buffer | string>): Promise<void> {
  for (const [path, bytes] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), bytes);
  }
}
const signal = new AbortController().signal;
const list = () => listImages(folder, { scratch: folder, signal, onProgress: () => undefined });
const look = async () => (await quickLook(await list(), 0.2, signal)).facts;
const many = (prefix: string, count: number, bytes: Buffer | string) =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`${prefix}/${at}.png`, bytes]));

test('one tree: a fifth of each class is for the test, and what is no image does not count', async () => {
  const [wide, high] = [await png(90, 50), await png(60, 80)];
  await write({
    ...many('ash', 10, wide),
    ...many('elm', 20, high),
    ...many('elm/deep', 10, high),
    'elm/notes.txt': 'no image',
    'elm/broken.png': 'no image either',
  });
  expect(await look()).toEqual({ train: 32, test: 8, smallestClass: 8, classes: 2, channels: 3, pixels: 60 });
});

test('splits that are given, images without labels beside them, and grey', async () => {
  const grey = await png(40, 30, 1);
  await write({
    ...many('train/a', 6, grey),
    ...many('train/b', 4, grey),
    ...many('val/a', 3, grey),
    ...many('test/a', 2, grey),
    ...many('test/b', 2, grey),
    ...many('unlabelled/a', 9, grey),
  });
  expect(await look()).toEqual({
    train: 13,
    validation: 3,
    test: 4,
    unlabelled: 9,
    smallestClass: 4,
    classes: 2,
    channels: 1,
    pixels: 30,
  });
});

test('of many files two hundred are decoded, and the names of the others decide', async () => {
  await write({ ...many('a', 300, await png(32, 32)), ...many('b', 300, await png(32, 32)) });
  await write({ 'a/readme.txt': 'x' });
  expect(await look()).toMatchObject({ train: 480, test: 120, smallestClass: 228, classes: 2 });
});

test('a folder without an image is refused', async () => {
  await write({ 'a/notes.txt': 'x' });
  await expect(look()).rejects.toThrow(DatasetError);
});
