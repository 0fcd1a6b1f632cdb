import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
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
  } catch {
    return () => undefined;
  }
  return () => rmSync(file, { force: true });
}

/** Whether another process that is alive uses the stack; what dead ones left is removed. */
export function othersUse(dataDir: string): boolean {
  let files: string[];
  try {
    files = readdirSync(folderIn(dataDir));
  } catch {
    return false;
  }
  return files.filter((name) => isOther(path.join(folderIn(dataDir), name))).length > 0;
}

function isOther(file: string): boolean {
  try {
    const user = processName.parse(JSON.parse(readFileSync(file, 'utf8')));
    if (isAlive(user)) return user.pid !== process.pid;
  } catch {
    return false; // it is on its way, or was taken back
  }
  rmSync(file, { force: true });
  return false;
}
