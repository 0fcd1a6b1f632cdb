import { createHash } from 'node:crypto';
import type { DatasetOf } from '../experiment/datasets';
import type { ObjectStore } from '../storage/object-store';
import { DatasetError } from './errors';
import type { DatasetManifest } from './manifest';
import type { IdxBytes, MnistFile } from './mnist-files';
import { shownSource } from './remote';
import { ShardWriter, storeBlob, type ImageShape } from './shards';

interface IdxImages {
  count: number;
  shape: ImageShape;
  pixels: Buffer;
}

/** MNIST's classes; other datasets in its files (Fashion-MNIST, say) have ten as well, with names of their own. */
const digits = Array.from({ length: 10 }, (_, digit) => String(digit));

/**
 * Stores four IDX files as a dataset of uint8 images of one channel.
 * @throws DatasetError that names the file, what it should be and what it is
 */
export async function storeMnist(
  store: ObjectStore,
  { source, classes = digits }: Pick<DatasetOf<'mnist-idx'>, 'source' | 'classes'>,
  files: Record<MnistFile, IdxBytes>,
): Promise<DatasetManifest> {
  const train = checkedPair(files.trainImages, files.trainLabels);
  const test = checkedPair(files.testImages, files.testLabels);
  const [shape, other] = [train.images.shape, test.images.shape];
  if (shape.height !== other.height || shape.width !== other.width) {
    throw new DatasetError(
      `The images of ${files.trainImages.name} have ${shape.height} x ${shape.width} pixels, those of ` +
        `${files.testImages.name} ${other.height} x ${other.width}: both splits need one size.`,
    );
  }
  const writer = new ShardWriter(store, shape);
  await writer.write(train.images.pixels);
  const trainSplit = { ...(await writer.end()), labels: await storeBlob(store, train.labels) };
  const testWriter = new ShardWriter(store, shape);
  await testWriter.write(test.images.pixels);
  const testSplit = { ...(await testWriter.end()), labels: await storeBlob(store, test.labels) };
  return {
    format: 'durable-byol-dataset/1',
    kind: 'mnist-idx',
    image: shape,
    classes,
    normalize: writer.statistics(),
    splits: { train: trainSplit, test: testSplit },
    origin: { source: shownSource(source), files: Object.values(files).map(described) },
  };
}

/** Of the unpacked bytes, so that a file and the same file compressed are one content. */
function described({ name, bytes }: IdxBytes) {
  const md5 = createHash('md5').update(bytes).digest('hex');
  return { name: name.replace(/\.gz$/, ''), bytes: bytes.length, md5 };
}

function checkedPair(imageFile: IdxBytes, labelFile: IdxBytes): { images: IdxImages; labels: Buffer } {
  const images = parseImages(imageFile);
  const labels = parseLabels(labelFile);
  if (images.count !== labels.length) {
    throw new DatasetError(
      `${imageFile.name} has ${images.count} images and ${labelFile.name} has ${labels.length} labels; each image ` +
        `needs one. Use files that belong together.`,
    );
  }
  return { images, labels };
}

function parseImages(file: IdxBytes): IdxImages {
  const [count, height, width] = header(file, 0x0803, 'images', 3) as [number, number, number];
  if (count === 0 || height < 1 || width < 1 || height > 4096 || width > 4096) {
    throw new DatasetError(`${file.name} says that it has ${count} images of ${height} x ${width} pixels: not usable.`);
  }
  const pixels = body(file, 3, count * height * width, `${count} images of ${height} x ${width} pixels`);
  return { count, shape: { height, width, channels: 1 }, pixels };
}

function parseLabels(file: IdxBytes): Buffer {
  const [count] = header(file, 0x0801, 'labels', 1) as [number];
  const labels = body(file, 1, count, `${count} labels`);
  const wrong = labels.findIndex((label) => label >= digits.length);
  if (wrong === -1) return labels;
  throw new DatasetError(
    `${file.name}: label number ${wrong} (counted from 0) is ${labels[wrong]}, and labels are 0 to 9. Correct it, or ` +
      `use files with ten classes.`,
  );
}

/** The sizes in the header: a magic number (0, 0, 8 for unsigned bytes, number of dimensions), then 32 bits for each. */
function header({ name, bytes }: IdxBytes, magic: number, what: string, dimensions: number): number[] {
  const found = bytes.length >= 4 ? bytes.readUInt32BE(0) : null;
  if (found !== magic || bytes.length < 4 + 4 * dimensions) {
    throw new DatasetError(
      `${name} is no IDX file of ${what}: it should begin with the number ${magic} (bytes 0, 0, 8, ${dimensions}) and ` +
        `${found === null ? `has ${bytes.length} bytes` : `begins with ${found}`}. Look whether the files were mixed up, ` +
        `or fetch it again.`,
    );
  }
  return Array.from({ length: dimensions }, (_, index) => bytes.readUInt32BE(4 + 4 * index));
}

function body({ name, bytes }: IdxBytes, dimensions: number, expected: number, what: string): Buffer {
  const content = bytes.subarray(4 + 4 * dimensions);
  if (content.length === expected) return content;
  throw new DatasetError(
    `${name} says that it has ${what}, which is ${expected} bytes, and it has ${content.length} after its header: it is ` +
      `cut short or altered. Fetch it again.`,
  );
}
