import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Lends a new empty folder for the time of `work`. @param cache folder for what may be deleted when nothing runs */
export async function scratchFolder<T>(cache: string, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = join(cache, 'states', randomUUID());
  await mkdir(folder, { recursive: true });
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
