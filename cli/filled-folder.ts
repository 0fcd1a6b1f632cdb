import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { notAsWritten } from '../experiment/file-digests';
import { ownFolderMarker } from '../experiment/names';
import { ObjectDamagedError, ObjectMissingError } from '../storage/errors';
import type { ObjectStore } from '../storage/object-store';
import { CliFailure, exitCodes } from './failure';

/**
 * Puts files into a folder, over what lies there under the same names: all of them, or none.
 * @param fill writes them into the folder that it is given
 * @returns where they lie then, sorted
 * @throws {CliFailure} when the folder cannot be written; what `fill` throws
 */
export async function fillFolder(folder: string, fill: (to: string) => Promise<void>): Promise<string[]> {
  const made = makeFolder(folder);
  let onTheirWay: string | undefined;
  try {
    onTheirWay = await mkdtemp(join(folder, '.byol-'));
    await fill(onTheirWay);
    return await moveFiles(onTheirWay, folder);
  } catch (error) {
    if (made !== undefined) await rm(made, { recursive: true });
    const { syscall, message } = error as NodeJS.ErrnoException;
    if (syscall === undefined) throw error;
    throw new CliFailure(exitCodes.input, `${folder} cannot be written (${message}). Name another folder with -o.`, {
      cause: error,
    });
  } finally {
    if (onTheirWay !== undefined) await rm(onTheirWay, { recursive: true, force: true });
  }
}

/**
 * Copies objects from storage into a folder, each with the bytes that it was written with.
 * @param refused makes the failure of what is wrong with one of them, a sentence without its full stop
 */
export async function fetchVerified(
  store: ObjectStore,
  wanted: readonly { key: string; file: string; sha256: string }[],
  folder: string,
  refused: (what: string, cause: unknown) => CliFailure,
): Promise<void> {
  for (const { key, file, sha256 } of wanted)
    try {
      await store.download(key, join(folder, file), sha256);
    } catch (error) {
      const missing = error instanceof ObjectMissingError;
      if (!missing && !(error instanceof ObjectDamagedError)) throw error;
      throw refused(notAsWritten(`${key} in ${store.location}`, missing), error);
    }
}

async function moveFiles(from: string, to: string): Promise<string[]> {
  const found = await readdir(from, { recursive: true, withFileTypes: true });
  const names = found
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(from, join(parentPath, name)));
  for (const name of names.sort()) {
    await mkdir(dirname(join(to, name)), { recursive: true });
    await rename(join(from, name), join(to, name));
  }
  return names.map((name) => join(to, name));
}

/**
 * A folder that is made here is marked, so that it is never taken for data where it lies among images.
 * @returns the first folder that was made, of those above it too; undefined where it was there
 */
export function makeFolder(folder: string): string | undefined {
  try {
    const made = mkdirSync(folder, { recursive: true });
    if (made !== undefined) writeFileSync(join(folder, ownFolderMarker), '');
    return made;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CliFailure(exitCodes.input, `The folder ${folder} cannot be made (${why}). Name another one with -o.`, {
      cause: error,
    });
  }
}
