import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { writePrivate } from './private-file';
import { isAlive, ownName, processName } from './process-birth';

const folderIn = (dataDir: string) => path.join(dataDir, 'users');

/**
 * Says in the data folder that this process uses the stack, so that the one that started it does not stop it meanwhile. What
 * cannot be said (a full disk) is left out.
 * @returns takes it back
 */
export function useStack(dataDir: string): () => void {
  const file = path.join(folderIn(dataDir), randomUUID());
  try {
    writePrivate(file, JSON.stringify(ownName()));
    otherUsers(dataDir); // what dead ones left goes
  } catch {
    return () => undefined;
  }
  return () => remove(file);
}

/** Pids of other processes that are alive and use the stack; what dead ones left is removed. */
export function otherUsers(dataDir: string): number[] {
  let files: string[];
  try {
    files = readdirSync(folderIn(dataDir)).map((name) => path.join(folderIn(dataDir), name));
  } catch {
    return [];
  }
  return [...new Set(files.flatMap(userOf))].filter((pid) => pid !== process.pid);
}

/** A file that is not written whole within this time never will be. */
const longestWriteMilliseconds = 60_000;

function userOf(file: string): number[] {
  try {
    const user = processName.safeParse(parsed(readFileSync(file, 'utf8'))).data;
    if (user && isAlive(user)) return [user.pid];
    if (user || Date.now() - statSync(file).mtimeMs > longestWriteMilliseconds) remove(file);
  } catch {
    return []; // it was taken back
  }
  return [];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function remove(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    return; // a folder that can only be read
  }
}
