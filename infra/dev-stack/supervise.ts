import { spawn, type ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { guardGroup } from './guard';
import type { Log } from './log';
import { DevStackError } from './stack-error';

export interface Program {
  name: string;
  command: string;
  args: string[];
  environment: NodeJS.ProcessEnv;
  cwd: string;
  /** Whether it gets an IPC channel, whose closing tells a node program that this process is gone. */
  ipc: boolean;
  /** How long it may take to end by itself after SIGTERM. */
  graceSeconds: number;
}

export interface Supervised {
  readonly name: string;
  readonly log: Log;
  readonly pid: () => number | undefined;
  /** Whether the process that runs now has said `ready` over its IPC channel. */
  readonly saidReady: () => boolean;
  /**
   * Waits until `isReady` says yes; asked again and again.
   * @throws DevStackError when the program ends twice meanwhile, or it takes too long
   */
  ready(isReady: () => boolean | Promise<boolean>, seconds: number): Promise<void>;
  /** Ends it and does not start it again. */
  stop(): Promise<void>;
}

const LONG_ENOUGH_MS = 30_000;
const ALLOWED_ENDS_AT_START = 2;

/**
 * Starts a program in a process group of its own and starts it again whenever it ends, at once the first time, later
 * after up to 30 seconds.
 * @param onStart told whenever there is a new process
 */
export function supervise(program: Program, log: Log, onStart: () => void): Supervised {
  let child: ChildProcess | undefined;
  let stopping = false;
  let ends = 0;
  let quickEnds = 0;
  let timer: NodeJS.Timeout | undefined;
  let saidReady = false;

  const start = () => {
    const from = Date.now();
    saidReady = false;
    child = launch(program, log, (how) => {
      if (stopping) return;
      ends++;
      quickEnds = Date.now() - from < LONG_ENOUGH_MS ? quickEnds + 1 : 1;
      const delay = quickEnds === 1 ? 0 : Math.min(30_000, 500 * 2 ** (quickEnds - 2));
      log.say(`${how}; starting it again${delay === 0 ? '' : ` in ${delay / 1000} s`} (all it said: ${log.file})`);
      timer = setTimeout(start, delay);
    });
    child.on('message', (message) => (saidReady ||= message === 'ready'));
    onStart();
  };
  start();

  return {
    name: program.name,
    log,
    pid: () => child?.pid,
    saidReady: () => saidReady,
    ready: async (isReady, seconds) => {
      const until = Date.now() + seconds * 1000;
      for (;;) {
        if (stopping) throw didNotStart(program, log, 'it was stopped meanwhile');
        if (await isReady()) return;
        if (ends > ALLOWED_ENDS_AT_START) throw didNotStart(program, log, 'it ended again and again');
        if (Date.now() > until) throw didNotStart(program, log, `it did not answer within ${seconds} seconds`);
        await sleep(100);
      }
    },
    stop: async () => {
      stopping = true;
      clearTimeout(timer);
      if (child) await endGroup(child, program.graceSeconds);
      log.close();
    },
  };
}

function launch(program: Program, log: Log, onEnd: (how: string) => void): ChildProcess {
  const child = spawn(program.command, program.args, {
    cwd: program.cwd,
    env: program.environment,
    detached: true, // so that Ctrl-C reaches this process alone, which then stops the others in order
    stdio: ['ignore', 'pipe', 'pipe', ...(program.ipc ? (['ipc'] as const) : [])],
  });
  let ended = false;
  const end = (how: string) => {
    if (ended) return;
    ended = true;
    guard?.dismiss();
    onEnd(how);
  };
  const guard = child.pid === undefined ? undefined : guardGroup(child.pid, program.graceSeconds);
  child.once('error', (error) => end(`could not be started (${error.message})`));
  child.once('exit', (code, signal) => {
    if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL'); // what it started itself ends with it
    end(signal ? `was ended by ${signal}` : `ended with exit code ${code}`);
  });
  if (child.stdout) log.follow(child.stdout);
  if (child.stderr) log.follow(child.stderr);
  return child;
}

async function endGroup(child: ChildProcess, graceSeconds: number): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  const late = new AbortController();
  const patience = sleep(graceSeconds * 1000, 'late', { signal: late.signal }).catch(() => undefined);
  if ((await Promise.race([ended, patience])) === 'late') {
    signalGroup(child.pid, 'SIGKILL');
    await ended;
  }
  late.abort();
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    return; // the group is empty
  }
}

function didNotStart({ name }: Program, log: Log, why: string): DevStackError {
  return new DevStackError(
    `${name} did not start: ${why}. The last it said: ${log.tail()}.`,
    `All of it is in ${log.file}. If the data of an earlier version are in the way, move the data folder aside.`,
  );
}
