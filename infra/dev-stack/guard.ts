import { spawn, type ChildProcess } from 'node:child_process';

/**
 * What a guard does: waits on its stdin, and when that closes without the word "done" (this process is gone, however it
 * ended) ends the process group it was given, first politely, after $2 seconds by force. A shell, since it takes no
 * memory; /proc and prctl exist on Linux alone.
 */
const SCRIPT = `
read -r word
[ "$word" = done ] && exit 0
kill -s TERM -- "-$1" 2>/dev/null
waited=0
while kill -s 0 -- "-$1" 2>/dev/null && [ "$waited" -lt "$2" ]; do sleep 1; waited=$((waited + 1)); done
kill -s KILL -- "-$1" 2>/dev/null
exit 0
`;

export interface Guard {
  /** The group ended by itself: nothing to guard any more. */
  dismiss(): void;
}

/** Ends a process group when this process dies, also by SIGKILL, so that no server or trainer is left behind. */
export function guardGroup(pid: number, graceSeconds: number): Guard {
  const guard: ChildProcess = spawn('sh', ['-c', SCRIPT, 'guard', String(pid), String(graceSeconds)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.on('error', () => undefined);
  guard.stdin?.on('error', () => undefined);
  guard.unref();
  return { dismiss: () => void guard.stdin?.end('done\n') };
}
