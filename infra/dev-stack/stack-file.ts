import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { readCredentials, type Credentials } from './credentials';
import { writePrivate } from './private-file';
import { isAlive, ownName, processBirth, processName } from './process-birth';
import { StackClaimedError, type DevStackError } from './stack-error';

const connection = z.object({
  temporal: z.object({ address: z.string(), uiUrl: z.string(), namespace: z.string() }),
  s3: z.object({ endpoint: z.string(), bucket: z.string(), region: z.string() }),
});
const schema = processName.extend({
  startedAt: z.string(),
  /** It stays until somebody stops it; else it stops when no command uses it any more. */
  lasting: z.boolean().default(false),
  /** Present once everything answers. */
  ...connection.partial().shape,
  children: z.array(processName).default([]),
});
type StackFile = z.infer<typeof schema>;

/** A stack that is up: how to reach it. */
export interface StackInfo extends z.infer<typeof connection> {
  pid: number;
  startedAt: string;
  lasting: boolean;
  credentials: Credentials;
}

const fileIn = (dataDir: string) => path.join(dataDir, 'stack.json');

/** The stack of this data folder if it is up; one whose process is gone does not count. */
export function findRunningStack(dataDir: string): StackInfo | null {
  const file = claimOf(dataDir);
  if (!file?.temporal || !file.s3) return null;
  const credentials = readCredentials(dataDir);
  const { temporal, s3, pid, startedAt, lasting } = file;
  return credentials && { temporal, s3, pid, startedAt, lasting, credentials };
}

/** What the process that is alive and has claimed the folder has written. */
function claimOf(dataDir: string): StackFile | undefined {
  const file = read(fileIn(dataDir));
  return file && isAlive(file) ? file : undefined;
}

/** Whether a process that is alive has claimed the folder: its stack is up, or starts, or stops. */
export const isClaimed = (dataDir: string): boolean => claimOf(dataDir) !== undefined;

/** Whether some process has claimed the folder and its stack is not to be used: it does not answer yet, or is about to stop. */
export function isStarting(dataDir: string): boolean {
  const claim = claimOf(dataDir);
  return claim !== undefined && !claim.temporal;
}

function read(file: string): StackFile | undefined {
  try {
    return schema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}

export interface Claim {
  /** Children are recorded as they start, so that the next stack can end those of one that was killed. */
  update(children: number[], up?: z.infer<typeof connection>): void;
  release(): void;
}

/**
 * Makes this process the one that runs a stack on the data folder, ending what a killed predecessor left behind.
 * @throws DevStackError when another process runs one
 */
export function claimStack(dataDir: string, lasting: boolean): Claim {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const file = fileIn(dataDir);
  const own = { ...ownName(), lasting, startedAt: new Date().toISOString() };
  const mine = `${file}.${process.pid}`;
  writeFileSync(mine, JSON.stringify(own), { mode: 0o600 });
  try {
    removeDead(dataDir);
    linkSync(mine, file); // fails where another process was quicker
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw alreadyRunning(dataDir, error);
  } finally {
    rmSync(mine, { force: true });
  }
  return {
    update(pids, up) {
      const children = pids.map((pid) => ({ pid, born: processBirth(pid) }));
      writePrivate(file, JSON.stringify({ ...own, ...up, children }, null, 2));
    },
    release: () => rmSync(file, { force: true }),
  };
}

function removeDead(dataDir: string): void {
  const there = read(fileIn(dataDir));
  if (there && isAlive(there)) throw alreadyRunning(dataDir);
  const aside = `${fileIn(dataDir)}.${process.pid}.dead`;
  try {
    renameSync(fileIn(dataDir), aside);
  } catch {
    return;
  }
  const moved = read(aside);
  if (moved && isAlive(moved)) {
    renameSync(aside, fileIn(dataDir)); // another found it dead too, and was quicker: this one is the other's
    throw alreadyRunning(dataDir);
  }
  rmSync(aside, { force: true });
  for (const child of there?.children ?? []) if (child.born !== undefined && isAlive(child)) endGroup(child.pid);
}

function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    return; // it has just ended
  }
}

function alreadyRunning(dataDir: string, cause?: unknown): DevStackError {
  const there = read(fileIn(dataDir));
  const where = there?.temporal ? ` Its UI is at ${there.temporal.uiUrl}.` : ' It is starting or stopping.';
  return new StackClaimedError(
    `A dev stack is already running on ${dataDir} (process ${there?.pid ?? 'unknown'}).${where}`,
    'Use that one, stop it with Ctrl-C (or kill its process), or give this one another folder (BYOL_DATA_DIR) and other ports.',
    cause === undefined ? undefined : { cause },
  );
}
