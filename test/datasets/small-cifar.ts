import { createHash } from 'node:crypto';
import { permutation } from '../../datasets/permutation';
import type { Entry, Files } from './small-stl10';

export const folders = { cifar10: 'cifar-10-batches-bin', cifar100: 'cifar-100-binary' } as const;
const names = (count: number) => Array.from({ length: count }, (_, at) => `name ${at}`).join('\n');

/** Records of `labelBytes` labels and an image; the class is the last label, and counts up from `first`. */
function records(count: number, labelBytes: 1 | 2, classes: number, first: number): Buffer {
  const pattern = permutation(3001, [first, count]);
  const pieces = Array.from({ length: count }, (_, at) => [
    Buffer.from([...(labelBytes === 2 ? [(first + at) % 20] : []), (first + at) % classes]),
    Buffer.from(Uint8Array.from({ length: 3072 }, (_, byte) => pattern[(at * 7 + byte) % 3001] as number)),
  ]);
  return Buffer.concat(pieces.flat());
}

/** CIFAR-10's files with a few images each. */
export const smallCifar10 = (): Files => ({
  'batches.meta.txt': Buffer.from(`${names(10)}\n\n`),
  ...Object.fromEntries([1, 2, 3, 4, 5].map((n) => [`data_batch_${n}.bin`, records(6, 1, 10, 6 * n)])),
  'readme.html': Buffer.from('<html></html>'),
  'test_batch.bin': records(10, 1, 10, 0),
});

/** CIFAR-100's files with a few images each. */
export const smallCifar100 = (): Files => ({
  'coarse_label_names.txt': Buffer.from(names(20)),
  'fine_label_names.txt': Buffer.from(names(100)),
  'test.bin': records(100, 2, 100, 0),
  'train.bin': records(200, 2, 100, 50),
});

/** The `dataset.files` of a spec for these files. */
export const checksOf = (files: Files) =>
  Object.fromEntries(
    Object.entries(files)
      .filter(([name]) => name.endsWith('.bin'))
      .map(([name, bytes]) => [name, { bytes: bytes.length, md5: createHash('md5').update(bytes).digest('hex') }]),
  );

export const entriesOf = (kind: keyof typeof folders, files: Files): Entry[] => [
  [{ name: `${folders[kind]}/`, type: 'directory' }],
  ...Object.entries(files).map(([name, bytes]): Entry => [{ name: `${folders[kind]}/${name}` }, bytes]),
];
