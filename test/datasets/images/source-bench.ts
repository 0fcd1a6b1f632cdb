import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pack } from 'tar-stream';
import { listImages, type ImageFile, type ImageListing, type ListingOptions } from '../../../datasets/images/listing';
import { put } from './seed';

/** Temporary folders of each test's own, and listings of what lies in them. */
export interface SourceBench {
  /** Of the source. */
  root: () => string;
  scratch: () => string;
  file: (name: string, bytes: Buffer | string) => Promise<string>;
  /** Written by Python; each entry is [name, text, mode]. */
  zip: (name: string, entries: [string, string, number?][]) => Promise<string>;
  /** With a scratch folder of its own each time. */
  list: (source: string, more?: Partial<ListingOptions>) => Promise<ImageListing>;
}

/** Makes and removes the folders around every test of the file that calls it. */
export function sourceBench(): SourceBench {
  let root: string;
  let scratch: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'byol-source-'));
    scratch = await mkdtemp(join(tmpdir(), 'byol-scratch-'));
  });
  afterEach(async () => {
    for (const folder of [root, scratch]) await rm(folder, { recursive: true });
  });
  const file = async (name: string, bytes: Buffer | string) => {
    await put(root, name, bytes);
    return join(root, name);
  };
  return {
    root: () => root,
    scratch: () => scratch,
    file,
    zip: async (name, entries) => {
      const path = join(root, name);
      const given = JSON.stringify(entries.map(([entry, text, mode = 0o100644]) => [entry, text, mode]));
      execFileSync('python3', ['-W', 'ignore', '-c', zipScript, path, given]);
      return path;
    },
    list: async (source, more = {}) => {
      const own = await mkdtemp(join(scratch, 'listing-'));
      return listImages(source, { scratch: own, signal: new AbortController().signal, onProgress: () => {}, ...more });
    },
  };
}

const zipScript = `
import json, sys, zipfile
with zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED) as archive:
    for name, text, mode in json.loads(sys.argv[2]):
        info = zipfile.ZipInfo(name)
        info.external_attr = mode << 16
        info.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(info, text)`;

/** One line a file: path, split, label; "-" for none. */
export const brief = ({ files }: ImageListing) =>
  files.map(({ path, split, label }: ImageFile) => `${path} ${split ?? '-'} ${label ?? '-'}`);

type Header = Parameters<ReturnType<typeof pack>['entry']>[0];

export async function tar(entries: (Header & { body?: string })[]): Promise<Buffer> {
  const archive = pack();
  for (const { body = '', ...header } of entries) archive.entry(header, body);
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** A folder as people pack it, with what a Mac adds. */
export const packedTree = [
  { name: 'photos/', type: 'directory' as const },
  { name: 'photos/train/ash/1.png', body: 'a' },
  { name: 'photos/train/elm/1.png', body: 'b' },
  { name: 'photos/test/ash/2.png', body: 'c' },
  { name: 'photos/unlabelled/deep/down/x.JPG', body: 'd' },
  { name: 'photos/train/ash/._1.png', body: 'e' },
  { name: '__MACOSX/photos/x.png', body: 'f' },
];
export const packedTreeListed = [
  'test/ash/2.png test ash',
  'train/ash/1.png train ash',
  'train/elm/1.png train elm',
  'unlabelled/deep/down/x.JPG unlabelled -',
];
