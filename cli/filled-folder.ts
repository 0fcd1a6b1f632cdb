import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { CliFailure, exitCodes } from './failure';
import { makeFolder } from './report-files';

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
