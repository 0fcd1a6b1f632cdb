import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { openPromise, type Entry, type ZipFile } from 'yauzl';
import { DatasetError } from '../errors';
import { isSplitFolder, listFolder } from './list-folder';
import type { ImageListing } from './listing';
import { Unpacking } from './unpacking';

export type ArchiveFormat = 'zip' | 'tar' | 'tar.gz';

/** What a file is, by its first bytes; null where it is no archive. */
export async function archiveFormat(file: string): Promise<ArchiveFormat | null> {
  const handle = await open(file);
  try {
    const head = Buffer.alloc(512);
    const { bytesRead } = await handle.read(head, 0, head.length, 0);
    if (bytesRead >= 4 && head.readUInt32BE(0) === 0x504b0304) return 'zip';
    if (bytesRead >= 2 && head.readUInt16BE(0) === 0x1f8b) return 'tar.gz';
    return head.toString('latin1', 257, 262) === 'ustar' ? 'tar' : null;
  } finally {
    await handle.close();
  }
}

/**
 * Unpacks an archive into a folder and lists it. One folder that holds all the rest, as most archives have, is passed
 * through.
 * @param shown the archive's name for messages
 * @throws DatasetError where it is damaged or an entry is not harmless
 */
export async function listArchive(
  file: string,
  format: ArchiveFormat,
  { shown, scratch, signal }: { shown: string; scratch: string; signal: AbortSignal },
): Promise<ImageListing> {
  const root = join(scratch, 'unpacked');
  await mkdir(root);
  const unpacking = new Unpacking(root, shown, (await stat(file)).size, signal);
  const links: string[] = [];
  try {
    if (format === 'zip') await unzip(file, unpacking, links);
    else await untar(file, format === 'tar.gz', unpacking, links, signal);
  } catch (error) {
    throw signal.aborted ? signal.reason : damaged(error, shown);
  }
  const listing = await listFolder(await innermost(root), signal);
  for (const path of links.sort()) listing.skipped.push({ path, reason: 'link in an archive' });
  return listing;
}

async function untar(
  file: string,
  compressed: boolean,
  unpacking: Unpacking,
  links: string[],
  signal: AbortSignal,
): Promise<void> {
  const entries = extract();
  const source = createReadStream(file, { highWaterMark: 1 << 20 });
  const fed = compressed
    ? pipeline(source, createGunzip(), entries, { signal })
    : pipeline(source, entries, { signal });
  // What it throws comes out of the loop too; unheard here, it would end the process.
  fed.catch(() => undefined);
  for await (const entry of entries) {
    const { name, type, size = 0 } = entry.header;
    if (type === 'file' || type === 'contiguous-file')
      await unpacking.take(name, size, () => entry as unknown as Readable);
    else {
      if (type !== 'directory') links.push(name);
      entry.resume();
    }
  }
  await fed;
}

async function unzip(file: string, unpacking: Unpacking, links: string[]): Promise<void> {
  const zip: ZipFile = await openPromise(file, { lazyEntries: true, validateEntrySizes: true, autoClose: true });
  for await (const entry of zip.eachEntry() as AsyncIterable<Entry>) {
    const kind = (entry.externalFileAttributes >>> 16) & 0o170000;
    if (entry.fileName.endsWith('/')) continue;
    if (kind === 0o120000) links.push(entry.fileName);
    else await unpacking.take(entry.fileName, entry.uncompressedSize, () => zip.openReadStreamPromise(entry));
  }
}

/** The folder below which more than one thing lies. A lone split folder or class stays a folder. */
async function innermost(root: string): Promise<string> {
  const [only, ...more] = await readdir(root, { withFileTypes: true });
  if (!only?.isDirectory() || more.length > 0 || isSplitFolder(only.name)) return root;
  const inner = join(root, only.name);
  const within = await readdir(inner, { withFileTypes: true });
  return within.some((entry) => entry.isDirectory()) ? innermost(inner) : root;
}

function damaged(error: unknown, shown: string): unknown {
  const { name, code, message } = error as NodeJS.ErrnoException;
  if (name === 'DatasetError' || name === 'DiskFullError' || /^E[A-Z]+$/.test(code ?? '')) return error;
  return new DatasetError(
    `"${shown}" cannot be unpacked (${message}): it is cut short, altered or protected by a password. Fetch or pack it again.`,
    { cause: error },
  );
}
