import { DatasetError } from './errors';
import type { FileCheck, OfficialFormat } from './official-format';
import type { ImageShape } from './shards';

/** Images of 32 x 32 in three planes (red, green, blue), each plane row by row, after the image's labels. */
export const cifarShape: ImageShape = { height: 32, width: 32, channels: 3 };
export const cifarImageBytes = 3 * 32 * 32;

export type CifarKind = 'cifar10' | 'cifar100';

/** How the files of one of the two datasets are made (cs.toronto.edu/~kriz/cifar.html, "binary version"). */
interface CifarFormat {
  name: string;
  archive: string;
  folder: string;
  /** Sizes of the published files, which have no md5 of their own, and what their archive is. */
  published: { files: Record<string, FileCheck>; whole: FileCheck };
  /** Files of training images in their order, and of test images. */
  train: readonly string[];
  test: string;
  /** Bytes before an image; the last one is its class. CIFAR-100's first is one of 20 coarse classes, unused here. */
  labelBytes: 1 | 2;
  /** A class name a line. */
  names: string;
  classes: number;
  optional: Record<string, number>;
}

const batches = [1, 2, 3, 4, 5].map((number) => `data_batch_${number}.bin`);

export const cifarFormats: Readonly<Record<CifarKind, CifarFormat>> = {
  cifar10: {
    name: 'CIFAR-10',
    archive: 'cifar-10-binary.tar.gz',
    folder: 'cifar-10-batches-bin',
    published: {
      files: Object.fromEntries([...batches, 'test_batch.bin'].map((name) => [name, { bytes: 30_730_000 }])),
      whole: { bytes: 170_052_171, md5: 'c32a1d4ab5d03f1284b67883e8d87530' },
    },
    train: batches,
    test: 'test_batch.bin',
    labelBytes: 1,
    names: 'batches.meta.txt',
    classes: 10,
    optional: { 'batches.meta.txt': 10_000, 'readme.html': 10_000 },
  },
  cifar100: {
    name: 'CIFAR-100',
    archive: 'cifar-100-binary.tar.gz',
    folder: 'cifar-100-binary',
    published: {
      files: { 'train.bin': { bytes: 153_700_000 }, 'test.bin': { bytes: 30_740_000 } },
      whole: { bytes: 168_513_733, md5: '03b5dce01913d631647c71ecec9e9cb8' },
    },
    train: ['train.bin'],
    test: 'test.bin',
    labelBytes: 2,
    names: 'fine_label_names.txt',
    classes: 100,
    optional: { 'fine_label_names.txt': 10_000, 'coarse_label_names.txt': 10_000 },
  },
};

/**
 * The files that a spec asks for, or the published ones.
 * @throws DatasetError where they cannot be those of a dataset in this format
 */
export function cifarFiles(kind: CifarKind, files: Record<string, FileCheck> | undefined): OfficialFormat {
  const { name, archive, folder, optional, published, train, test, labelBytes } = cifarFormats[kind];
  if (files === undefined) return { name, archive, folder, optional, checks: published.files, whole: published.whole };
  const record = labelBytes + cifarImageBytes;
  const required = [...train, test];
  const problems = [
    ...required.filter((file) => !files[file]).map((file) => `${file} is missing`),
    ...Object.entries(files).flatMap(([file, { bytes }]) => {
      if (file in optional) return [];
      if (!required.includes(file)) return [`${file} is no file of this format`];
      return bytes > 0 && bytes % record === 0
        ? []
        : [`${file} has ${bytes} bytes, which is no whole number of images of ${record} bytes`];
    }),
  ];
  if (problems.length === 0) return { name, archive, folder, optional, checks: files };
  throw new DatasetError(
    `dataset.files does not describe a dataset in ${name}'s format: ${problems.join('; ')}. It needs size and md5 of ` +
      `${required.join(', ')}, and may have those of ${Object.keys(optional).join(' and ')}.`,
  );
}

/** Planes -> NHWC: byte c * 1024 + p of an image becomes byte p * 3 + c. */
export function fromCifarPlanes(planes: Buffer): Buffer {
  const images = Buffer.allocUnsafe(planes.length);
  for (let start = 0; start < planes.length; start += cifarImageBytes)
    for (let channel = 0; channel < 3; channel++)
      for (let pixel = 0; pixel < 1024; pixel++)
        images[start + pixel * 3 + channel] = planes[start + channel * 1024 + pixel] as number;
  return images;
}

/** Takes the labels out of records that come in pieces of any size. */
export class RecordReader {
  /** Class of each image so far. */
  readonly labels: number[] = [];
  private place = 0;

  constructor(
    private readonly file: string,
    private readonly labelBytes: number,
    private readonly classes: number,
  ) {}

  /** @returns the pixels among these bytes. @throws DatasetError for a label that is none */
  pixels(bytes: Buffer): Buffer {
    const pieces: Buffer[] = [];
    for (let at = 0; at < bytes.length;) {
      const inRecord = this.place % (this.labelBytes + cifarImageBytes);
      const wanted = inRecord < this.labelBytes ? 1 : this.labelBytes + cifarImageBytes - inRecord;
      const piece = bytes.subarray(at, at + wanted);
      if (inRecord >= this.labelBytes) pieces.push(piece);
      else if (inRecord === this.labelBytes - 1) this.label(piece[0] as number);
      at += piece.length;
      this.place += piece.length;
    }
    return Buffer.concat(pieces);
  }

  private label(label: number): void {
    if (label >= this.classes)
      throw new DatasetError(
        `${this.file}: the label of image ${this.labels.length} (counted from 0) is ${label}, and labels are 0 to ` +
          `${this.classes - 1}. Use the file of the official archive, or correct the label.`,
      );
    this.labels.push(label);
  }
}

/** One name a line. @throws DatasetError */
export function parseNames(kind: CifarKind, text: string): string[] {
  const { names: file, classes } = cifarFormats[kind];
  const names = text.split(/\r?\n/).flatMap((line) => line.trim() || []);
  if (names.length === classes && new Set(names).size === classes) return names;
  throw new DatasetError(
    `${file} has ${names.length} names, ${new Set(names).size} of them different; there are ${classes} classes, a line ` +
      `each. Use the file of the official archive.`,
  );
}
