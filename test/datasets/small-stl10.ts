import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { pack, type Header } from 'tar-stream';
import { permutation } from '../../datasets/permutation';

export const imageBytes = 3 * 96 * 96;
export type Files = Record<string, Buffer>;

/** A dataset in STL10's format with a few images; every byte of an image tells where it is from. */
export function smallStl10(counts = { train: 20, test: 10, unlabeled: 30 }): Files {
  const labels = (count: number) => Buffer.from(Array.from({ length: count }, (_, index) => (index % 10) + 1));
  return {
    'train_X.bin': noise(counts.train, 1),
    'train_y.bin': labels(counts.train),
    'unlabeled_X.bin': noise(counts.unlabeled, 2),
    'test_X.bin': noise(counts.test, 3),
    'test_y.bin': labels(counts.test),
    'class_names.txt': Buffer.from('plane\nbird\ncar\ncat\ndeer\ndog\nhorse\nmonkey\nship\ntruck\n'),
    'fold_indices.txt': Buffer.from(`${[0, 1, 2].join(' ')} \n`.repeat(10)),
  };
}

function noise(images: number, seed: number): Buffer {
  const pattern = permutation(9973, [seed]);
  return Buffer.from(Uint8Array.from({ length: images * imageBytes }, (_, at) => pattern[at % 9973] as number));
}

/** The `dataset.files` of a spec for these files. */
export function checksOf(files: Files): Record<string, { bytes: number; md5: string }> {
  const required = Object.entries(files).filter(([name]) => name.endsWith('.bin'));
  return Object.fromEntries(
    required.map(([name, bytes]) => [
      name,
      { bytes: bytes.length, md5: createHash('md5').update(bytes).digest('hex') },
    ]),
  );
}

export type Entry = [header: Partial<Header> & { name: string }, content?: Buffer];

export const entriesOf = (files: Files): Entry[] => [
  [{ name: 'stl10_binary/', type: 'directory' }],
  ...Object.entries(files).map(([name, bytes]): Entry => [{ name: `stl10_binary/${name}` }, bytes]),
];

export async function tarOf(entries: Entry[]): Promise<Buffer> {
  const archive = pack();
  for (const [header, content] of entries) archive.entry(header, content ?? Buffer.alloc(0));
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

export async function archiveOf(entries: Entry[]): Promise<Buffer> {
  return gzipSync(await tarOf(entries), { level: 1 });
}

export async function writeFolder(folder: string, files: Files): Promise<string> {
  await mkdir(folder, { recursive: true });
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
  return folder;
}
