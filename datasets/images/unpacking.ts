import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { translateDiskError } from '../../storage/errors';
import { DatasetError } from '../errors';
import { isClutter } from './list-folder';

/** An archive may unpack to this many bytes, and to so many times its own size besides: images hardly shrink in one. */
const alwaysAllowed = 2 ** 30;
const mostExpansion = 100;
/** Bytes that an archive (or Parquet files) of so many bytes may unpack to. */
export const mostUnpacked = (packedBytes: number) => alwaysAllowed + mostExpansion * packedBytes;
const mostEntries = 20_000_000;
const longestName = 255;
const longestPath = 3000;

/** Where an archive's files go: a folder of ours, which no entry can leave or fill without limit. */
export class Unpacking {
  private readonly seen = new Set<string>();
  private entries = 0;
  private bytes = 0;

  /** @param archive as it may be shown; archiveBytes: its own size */
  constructor(
    private readonly root: string,
    private readonly archive: string,
    private readonly archiveBytes: number,
    private readonly signal: AbortSignal,
  ) {}

  /**
   * Counts an entry of whatever kind, also one that is passed over.
   * @throws DatasetError where there are more than any collection has, the signal's own reason
   */
  count(name: string): void {
    this.signal.throwIfAborted();
    if (++this.entries > mostEntries)
      throw this.refused(name, `comes after ${mostEntries} others, and no more are read`);
  }

  /**
   * Where one regular file of the archive belongs; null for what systems leave behind.
   * @param bytes as the archive says
   * @throws DatasetError for a name that points out of the archive, stands twice, or is too much
   */
  place(name: string, bytes: number): string | null {
    this.count(name);
    const path = this.inside(name);
    if (path.split('/').some(isClutter)) return null;
    if (this.seen.has(path)) throw this.refused(name, 'stands in it twice: one would overwrite the other');
    this.seen.add(path);
    this.bytes += bytes;
    const allowed = mostUnpacked(this.archiveBytes);
    if (this.bytes > allowed)
      throw this.refused(
        name,
        `makes it unpack to more than ${allowed} bytes: archives of images do not shrink them so much`,
      );
    return join(this.root, path);
  }

  /**
   * Writes one file to its place. What is passed over is not opened.
   * @returns whether it was written
   * @throws as `place`, DiskFullError
   */
  async take(name: string, bytes: number, content: () => Readable | Promise<Readable>): Promise<boolean> {
    const file = this.place(name, bytes);
    if (file === null) return false;
    try {
      await mkdir(dirname(file), { recursive: true });
      // From here on the stream can fail, and a failure that nobody listens to would end the process.
      await pipeline(await content(), createWriteStream(file, { flags: 'wx' }), { signal: this.signal });
      return true;
    } catch (error) {
      if (this.signal.aborted) throw this.signal.reason;
      if (['EEXIST', 'ENOTDIR', 'EISDIR'].includes((error as NodeJS.ErrnoException).code ?? ''))
        throw this.refused(name, 'has the place of another file or folder');
      throw translateDiskError(error, file);
    }
  }

  /** The entry's path, parts separated by "/". */
  private inside(name: string): string {
    const parts = name.split('/').filter((part) => part !== '' && part !== '.');
    const leaves = name.startsWith('/') || /^[A-Za-z]:/.test(name) || parts.includes('..') || /[\\\0]/.test(name);
    if (leaves || parts.length === 0) throw this.refused(name, 'does not name a file inside the archive');
    // Linux allows 255 bytes a name and 4,096 a path, of which the scratch folder takes some.
    if (Buffer.byteLength(name) > longestPath || parts.some((part) => Buffer.byteLength(part) > longestName))
      throw this.refused(name, `has a name of more than ${longestName} bytes, or a path of more than ${longestPath}`);
    return parts.join('/');
  }

  private refused(name: string, why: string): DatasetError {
    return new DatasetError(
      `The entry ${JSON.stringify(name.slice(0, 300))} of "${this.archive}" ${why}. Nothing of it was used. Pack the images anew, or ` +
        `unpack it yourself and give the folder.`,
    );
  }
}
