import { setTimeout as sleep } from 'node:timers/promises';
import { devStackOptions } from '../infra/dev-stack/options';
import { StackClaimedError } from '../infra/dev-stack/stack-error';
import { findRunningStack, isClaimed, isStarting, type StackInfo } from '../infra/dev-stack/stack-file';
import { startDevStack, type DevStack } from '../infra/dev-stack/start';
import { otherUsers, useStack } from '../infra/dev-stack/users';
import { dataFolder } from '../settings/folders';
import { CliFailure, exitCodes, explain } from './failure';
import { remark } from './output';

/** How to reach a dev stack that runs on this machine (`byol up`). */
export type StackConnection = Pick<StackInfo, 'temporal' | 's3' | 'credentials' | 'lasting'>;

/** The dev stack that runs on this machine, if one does. */
export function runningStack(): StackConnection | null {
  return findRunningStack(dataFolder(process.env));
}

/** The longest that a stack which is about to stop takes to see that it is used. */
const hiddenMilliseconds = 2000;

/**
 * The dev stack that runs on this machine, if one does, kept from being stopped while it is used: said first and read then,
 * since one that is about to stop hides and looks whether anybody has said so.
 */
export async function useRunningStack(): Promise<{ stack: StackConnection | null; leave: () => void }> {
  const folder = dataFolder(process.env);
  if (!isClaimed(folder)) return { stack: null, leave: () => undefined };
  const leave = useStack(folder);
  const until = Date.now() + hiddenMilliseconds;
  let stack = runningStack();
  for (; stack === null && isClaimed(folder) && Date.now() < until; stack = runningStack()) await sleep(50);
  return { stack, leave };
}

/** The dev stack that a command runs beside which was to bring one (`--up`). */
export interface HeldStack {
  /** Whether it stops when no command uses it any more; else it was started by `byol up`. */
  stops: boolean;
  /** Aborted by Ctrl-C. */
  interrupted: AbortSignal;
}

/**
 * Runs `body` beside the dev stack of this machine: the one that is running, or one that is started here and stopped when
 * neither `body` nor another command uses it any more.
 */
export async function withStack<T>(body: (stack: HeldStack) => Promise<T>, startStack = startDevStack): Promise<T> {
  const interrupt = new AbortController();
  const { signal } = interrupt;
  const onSignal = () => interrupt.abort(); // npm sends Ctrl-C a second time: it must not cut the stop short
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  const leave = useStack(dataFolder(process.env));
  try {
    let stack: DevStack | null = null;
    while (stack === null && !(await anotherRuns(signal))) stack = await start(startStack, signal);
    if (stack === null) return await body({ stops: runningStack()?.lasting !== true, interrupted: signal });
    return await beside(stack, () => body({ stops: true, interrupted: signal }), signal);
  } finally {
    leave();
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}

async function beside<T>(stack: DevStack, body: () => Promise<T>, signal: AbortSignal): Promise<T> {
  let failure = '';
  try {
    return await body();
  } catch (error) {
    failure = `This command failed: ${explain(error).message}\n`;
    throw error;
  } finally {
    await untilAlone(stack, signal, failure);
    remark('Stopping the local stack.');
    await stack.stop();
  }
}

/**
 * Waits until no other command uses the stack. Whoever comes after that waits until it has stopped, and starts one.
 * @param failure told now, where it would be told only when the others have ended
 */
async function untilAlone(stack: DevStack, signal: AbortSignal, failure: string): Promise<void> {
  for (let told = false; !signal.aborted; told = true) {
    let others = otherUsers(stack.dataDir);
    if (others.length === 0) {
      stack.hide(true);
      others = otherUsers(stack.dataDir);
      if (others.length === 0) return;
    }
    stack.hide(false);
    if (!told)
      remark(
        `${failure}Another command (process ${others.join(', ')}) uses the local stack, which stops when that has ended. Ctrl-C stops it now.`,
      );
    await sleep(500, undefined, { signal }).catch(() => undefined);
  }
}

/** Whether a stack runs here that another process started; one that is starting is waited for. */
async function anotherRuns(signal: AbortSignal): Promise<boolean> {
  const folder = dataFolder(process.env);
  if (isStarting(folder)) remark('Another command is starting the local stack, or stopping it: waiting for that.');
  while (isStarting(folder)) {
    if (signal.aborted) throw interrupted();
    await sleep(200);
  }
  return runningStack() !== null;
}

const interrupted = (cause?: unknown): CliFailure =>
  new CliFailure(exitCodes.interrupted, 'Interrupted before anything was started.', { cause });

/** @returns null where another process was quicker */
async function start(startStack: typeof startDevStack, signal: AbortSignal): Promise<DevStack | null> {
  if (signal.aborted) throw interrupted();
  remark('Starting a local stack: Temporal, object storage, workers.');
  // The programs' logs, `name | text`, are in the data folder; the stack's own notices are for the user.
  const print = (line: string) => void (line.includes('|') || remark(line));
  const options = devStackOptions({}, process.env, { busyDefault: 'move', print });
  try {
    return await startStack({ ...options, signal });
  } catch (error) {
    if (signal.aborted) throw interrupted(error);
    const joins = isStarting(options.dataDir) || runningStack() !== null;
    if (error instanceof StackClaimedError && joins) return null;
    throw error;
  }
}
