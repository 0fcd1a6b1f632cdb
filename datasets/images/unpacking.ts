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
const mostEntries = 20_000_000;

/** Where an archive's files go: a folder of ours, which no entry can leave or fill without limit. */
export class Unpacking {
  private readonly seen = new Set<string>();
  private bytes = 0;

  /** @param archive as it may be shown; archiveBytes: its own size */
  constructor(
    private readonly root: string,
    private readonly archive: string,
    private readonly archiveBytes: number,
    private readonly signal: AbortSignal,
  ) {}

  /**
   * Where one regular file of the archive belongs; null for what systems leave behind.
   * @param bytes as the archive says
   * @throws DatasetError for a name that points out of the archive, stands twice, or is too much
   */
  place(name: string, bytes: number): string | null {
    this.signal.throwIfAborted();
    const path = this.inside(name);
    if (path.split('/').some(isClutter)) return null;
    if (this.seen.has(path)) throw this.refused(name, 'stands in it twice: one would overwrite the other');
    this.seen.add(path);
    this.bytes += bytes;
    const allowed = alwaysAllowed + mostExpansion * this.archiveBytes;
    if (this.bytes > allowed || this.seen.size > mostEntries)
      throw this.refused(
        name,
        `makes it unpack to more than ${allowed} bytes or ${mostEntries} files: archives of images do not shrink them so much`,
      );
    return join(this.root, path);
  }

  /** Writes one file to its place. @throws as `place`, DiskFullError */
  async take(name: string, bytes: number, content: () => Readable | Promise<Readable>): Promise<void> {
    const file = this.place(name, bytes);
    const source = await content();
    if (file === null) {
      source.resume();
      return;
    }
    try {
      await mkdir(dirname(file), { recursive: true });
      await pipeline(source, createWriteStream(file, { flags: 'wx' }), { signal: this.signal });
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
    return parts.join('/');
  }

  private refused(name: string, why: string): DatasetError {
    return new DatasetError(
      `The entry ${JSON.stringify(name)} of "${this.archive}" ${why}. Nothing of it was used. Pack the images anew, or ` +
        `unpack it yourself and give the folder.`,
    );
  }
}
