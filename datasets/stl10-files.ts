import { DatasetError } from './errors';
import type { FileCheck, OfficialFormat } from './official-format';
import type { ImageShape } from './shards';

/** Images of 96 x 96 in three planes (red, green, blue), each plane column by column; no header. */
export const stl10Shape: ImageShape = { height: 96, width: 96, channels: 3 };
const planeBytes = 96 * 96;
export const stl10ImageBytes = 3 * planeBytes;

export const stl10Classes = [
  'airplane',
  'bird',
  'car',
  'cat',
  'deer',
  'dog',
  'horse',
  'monkey',
  'ship',
  'truck',
] as const;

/** Sizes and digests of the official archive (torchvision's datasets/stl10.py has the same). */
const published: Record<string, FileCheck> = {
  'train_X.bin': { bytes: 138_240_000, md5: '918c2871b30a85fa023e0c44e0bee87f' },
  'train_y.bin': { bytes: 5_000, md5: '5a34089d4802c674881badbb80307741' },
  'unlabeled_X.bin': { bytes: 2_764_800_000, md5: '5242ba1fed5e4be9e1e742405eb56ca4' },
  'test_X.bin': { bytes: 221_184_000, md5: '7f263ba9f9e0b06b93213547f721ac82' },
  'test_y.bin': { bytes: 8_000, md5: '36f9794fa4beb8a2c72628de14fa638e' },
};
export const requiredFiles = Object.keys(published);

/** Files that may be there without a check, and their largest size in bytes. */
export const optionalFiles: Record<string, number> = { 'class_names.txt': 10_000, 'fold_indices.txt': 1_000_000 };

export const stl10Format = (checks: Record<string, FileCheck>): OfficialFormat => ({
  name: 'STL10',
  archive: 'stl10_binary.tar.gz',
  folder: 'stl10_binary',
  checks,
  optional: optionalFiles,
});

/**
 * The checks that a spec asks for, or the official ones.
 * @throws DatasetError where they cannot be those of a dataset in this format
 */
export function stl10Checks(files: Record<string, FileCheck> | undefined): Record<string, FileCheck> {
  if (files === undefined) return published;
  const known = [...requiredFiles, ...Object.keys(optionalFiles)];
  const problems = [
    ...requiredFiles.filter((name) => !files[name]).map((name) => `${name} is missing`),
    ...Object.keys(files).flatMap((name) => (known.includes(name) ? [] : [`${name} is no file of this format`])),
    ...['train', 'test', 'unlabeled'].flatMap((split) => sizeProblems(split, files)),
  ];
  if (problems.length === 0) return files;
  throw new DatasetError(
    `dataset.files does not describe a dataset in STL10's format: ${problems.join('; ')}. It needs size and md5 of ` +
      `${requiredFiles.join(', ')}, and may have those of ${Object.keys(optionalFiles).join(' and ')}.`,
  );
}

function sizeProblems(split: string, files: Record<string, FileCheck>): string[] {
  const images = files[`${split}_X.bin`]?.bytes;
  const labels = files[`${split}_y.bin`]?.bytes;
  if (images === undefined) return [];
  if (images === 0 || images % stl10ImageBytes !== 0) {
    return [`${split}_X.bin has ${images} bytes, which is no whole number of images of ${stl10ImageBytes} bytes`];
  }
  const count = images / stl10ImageBytes;
  if (labels === undefined || labels === count) return [];
  return [`${split}_y.bin has ${labels} labels for the ${count} images of ${split}_X.bin`];
}

/** Planes by column -> NHWC: byte c * 9216 + x * 96 + y of an image becomes byte (y * 96 + x) * 3 + c. */
export function fromStl10Planes(planes: Buffer): Buffer {
  const images = Buffer.allocUnsafe(planes.length);
  for (let start = 0; start < planes.length; start += stl10ImageBytes) {
    let from = start;
    for (let channel = 0; channel < 3; channel++) {
      for (let x = 0; x < 96; x++) {
        let to = start + x * 3 + channel;
        for (let y = 0; y < 96; y++, to += 288) images[to] = planes[from++] as number;
      }
    }
  }
  return images;
}

/** 1..10 -> 0..9. @throws DatasetError */
export function zeroBased(name: string, labels: Buffer): Buffer {
  const wrong = labels.findIndex((label) => label < 1 || label > 10);
  if (wrong === -1) return Buffer.from(labels.map((label) => label - 1));
  throw new DatasetError(
    `${name} is not a label file of STL10: label number ${wrong} (counted from 0) is ${labels[wrong]}, and labels are ` +
      `1 to 10, one byte each. Use the file of the official archive, or correct the label.`,
  );
}

/** One name a line. @throws DatasetError */
export function parseClassNames(text: string): string[] {
  const names = text.split(/\r?\n/).flatMap((line) => line.trim() || []);
  if (names.length === 10 && new Set(names).size === 10) return names;
  throw new DatasetError(
    `class_names.txt has ${names.length} names, ${new Set(names).size} of them different; STL10 has 10 classes, a line ` +
      `each. Correct it or leave it out.`,
  );
}

/** STL10 has ten folds; each line of the file lists the places of one fold's training images, from 0. */
export const foldCount = 10;

/** @returns [fold][image]. @throws DatasetError */
export function parseFolds(text: string, images: number): number[][] {
  const folds = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => line.split(/\s+/).map(Number));
  const wrong = folds.findIndex(
    (places) =>
      new Set(places).size !== places.length || places.some((at) => !(Number.isInteger(at) && at >= 0 && at < images)),
  );
  if (folds.length === foldCount && wrong === -1) return folds;
  throw new DatasetError(
    folds.length === foldCount
      ? `fold_indices.txt: line ${wrong + 1} is not a list of different places from 0 to ${images - 1}. Use the file of ` +
          `the official archive.`
      : `fold_indices.txt has ${folds.length} lines, and STL10 has ${foldCount} folds, a line each. Use the file of the ` +
          `official archive.`,
  );
}
