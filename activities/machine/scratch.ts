import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

const statesFolder = (cache: string) => join(cache, 'states');
/** Longer than any activity keeps its folder. */
const abandonedAfterHours = 48;

/** Lends a new empty folder for the time of `work`. @param cache folder for what may be deleted when nothing runs */
export async function scratchFolder<T>(cache: string, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = join(statesFolder(cache), `${hostname()}_${process.pid}_${randomUUID()}`);
  await mkdir(folder, { recursive: true });
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Removes the folders of workers that were killed: those of processes of this machine that are gone, and whatever is two
 * days old. Called before this process has lent any. Workers may share a cache.
 *
 * @returns how many were removed
 */
export async function sweepScratch(cache: string): Promise<number> {
  const names = await readdir(statesFolder(cache)).catch(() => []);
  const paths = names.map((name) => ({ name, path: join(statesFolder(cache), name) }));
  const abandoned = await Promise.all(paths.map(async (of) => ownerIsGone(of.name) || (await isOld(of.path))));
  const removed = paths.filter((_, index) => abandoned[index]);
  await Promise.all(removed.map(({ path }) => rm(path, { recursive: true, force: true })));
  return removed.length;
}

function ownerIsGone(name: string): boolean {
  const [, host, pid] = /^(.*)_(\d+)_[^_]+$/.exec(name) ?? [];
  if (host !== hostname()) return false;
  if (Number(pid) === process.pid) return true;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

async function isOld(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  return found !== null && Date.now() - found.mtimeMs > abandonedAfterHours * 3_600_000;
}
