import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import type { Entry, ZipFile } from 'yauzl';
import { DatasetError } from '../errors';
import type { Importing } from '../importing';
import { compareCodePoints } from './class-order';
import { promisesImage } from './format';
import { isSplitFolder, listFolder } from './list-folder';
import type { ImageListing } from './listing';
import { openZip } from './zip-file';
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
  { shown, scratch, signal, onProgress }: Pick<Importing, 'scratch' | 'signal' | 'onProgress'> & { shown: string },
): Promise<ImageListing> {
  const root = join(scratch, 'unpacked');
  await mkdir(root);
  const { size } = await stat(file);
  const broken = new AbortController();
  const unpacking = new Unpacking(root, shown, size, AbortSignal.any([signal, broken.signal]));
  const passedOver: ImageListing['skipped'] = [];
  const tell = (bytes: number) => onProgress({ file: `unpacking ${shown}`, bytes, totalBytes: size });
  try {
    if (format === 'zip') await unzip(file, unpacking, passedOver, tell);
    else await untar(file, format === 'tar.gz', unpacking, passedOver, tell, broken);
  } catch (error) {
    throw signal.aborted ? signal.reason : damaged(error, shown);
  }
  const beside: string[] = [];
  const listing = await listFolder(await innermost(root, beside), signal);
  passedOver.push(...beside.map((path) => ({ path, reason: 'beside the folder of images' })));
  listing.skipped.push(...passedOver.sort((a, b) => compareCodePoints(a.path, b.path)));
  return listing;
}

async function untar(
  file: string,
  compressed: boolean,
  unpacking: Unpacking,
  passedOver: ImageListing['skipped'],
  tell: (bytesRead: number) => void,
  broken: AbortController,
): Promise<void> {
  const entries = extract();
  const source = createReadStream(file, { highWaterMark: 1 << 20 });
  const fed = compressed ? pipeline(source, createGunzip(), entries) : pipeline(source, entries);
  // An entry's stream that failed before anybody read it says nothing afterwards: its reader would wait for ever.
  fed.catch((error: unknown) => broken.abort(error));
  for await (const entry of entries) {
    const { name, type, size = 0 } = entry.header;
    if (type === 'file' || type === 'contiguous-file') {
      if (!(await unpacking.take(name, size, () => entry as unknown as Readable))) entry.resume();
    } else {
      unpacking.count(name);
      if (type !== 'directory') passedOver.push({ path: name, reason: kindOf(type) });
      entry.resume();
    }
    tell(source.bytesRead);
  }
  await fed;
}

const kindOf = (type: string | null | undefined) =>
  type === 'link' || type === 'symlink' ? 'link in an archive' : 'no plain file in an archive';

async function unzip(
  file: string,
  unpacking: Unpacking,
  passedOver: ImageListing['skipped'],
  tell: (bytesRead: number) => void,
): Promise<void> {
  const zip: ZipFile = await openZip(file, { lazyEntries: true, validateEntrySizes: true, autoClose: true });
  let bytes = 0;
  try {
    for await (const entry of zip.eachEntry() as AsyncIterable<Entry>) {
      const { fileName, compressedSize, uncompressedSize, externalFileAttributes } = entry;
      const isLink = ((externalFileAttributes >>> 16) & 0o170000) === 0o120000;
      if (isLink) passedOver.push({ path: fileName, reason: kindOf('symlink') });
      if (isLink || fileName.endsWith('/')) unpacking.count(fileName);
      else await unpacking.take(fileName, uncompressedSize, () => zip.openReadStreamPromise(entry));
      tell((bytes += compressedSize));
    }
  } finally {
    zip.close();
  }
}

/**
 * The folder below which more than one folder lies. A lone split folder or class stays a folder.
 * @param beside gets what lies beside the folders that are passed through: a README, say
 */
async function innermost(root: string, beside: string[], within = ''): Promise<string> {
  const here = join(root, within);
  const entries = await readdir(here, { withFileTypes: true });
  const [only, ...more] = entries.filter((entry) => entry.isDirectory());
  const loose = entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
  if (!only || more.length > 0 || isSplitFolder(only.name) || loose.some(promisesImage)) return here;
  const inner = await readdir(join(here, only.name), { withFileTypes: true });
  if (!inner.some((entry) => entry.isDirectory())) return here;
  beside.push(...loose.map((name) => posix.join(within, name)));
  return innermost(root, beside, posix.join(within, only.name));
}

function damaged(error: unknown, shown: string): unknown {
  const { name, code, message } = error as NodeJS.ErrnoException;
  if (name === 'DatasetError' || name === 'DiskFullError' || /^E[A-Z]+$/.test(code ?? '')) return error;
  return new DatasetError(
    `"${shown}" cannot be unpacked (${message}): it is cut short, altered or protected by a password. Fetch or pack it again.`,
    { cause: error },
  );
}
