import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { z } from 'zod';

/**
 * When a process began, as an opaque text; with the pid it names a process for good, since pids are used again.
 * @returns undefined when there is no such process, or only its zombie
 */
export function processBirth(pid: number): string | undefined {
  if (process.platform === 'linux') {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return fields[0] === 'Z' ? undefined : fields[19];
    } catch {
      return undefined;
    }
  }
  const { stdout } = spawnSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' }, // so that every process reads the same text
  });
  const line = (stdout ?? '').trim();
  return line === '' || line.startsWith('Z') ? undefined : line.replace(/^\S+\s+/, '');
}

/** A process as a file names it. */
export const processName = z.object({ pid: z.number().int(), born: z.string().optional() });
export type ProcessName = z.output<typeof processName>;

export const ownName = (): ProcessName => ({ pid: process.pid, born: processBirth(process.pid) });

export function isAlive({ pid, born }: ProcessName): boolean {
  const now = processBirth(pid);
  return now !== undefined && (born === undefined || now === born);
}
