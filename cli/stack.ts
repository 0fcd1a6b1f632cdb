import { setTimeout as sleep } from 'node:timers/promises';
import { devStackOptions } from '../infra/dev-stack/options';
import { findRunningStack, isStarting, type StackInfo } from '../infra/dev-stack/stack-file';
import { startDevStack, type DevStack } from '../infra/dev-stack/start';
import { othersUse, useStack } from '../infra/dev-stack/users';
import { dataFolder } from '../settings/folders';
import { CliFailure, exitCodes } from './failure';
import { remark } from './output';

/** How to reach a dev stack that runs on this machine (`byol up`). */
export type StackConnection = Pick<StackInfo, 'temporal' | 's3' | 'credentials'>;

/** The dev stack that runs on this machine, if one does. */
export function runningStack(): StackConnection | null {
  return findRunningStack(dataFolder(process.env));
}

/** Keeps a dev stack that runs on this machine from being stopped before the function that is returned is called. */
export const useRunningStack = (): (() => void) =>
  runningStack() === null ? () => undefined : useStack(dataFolder(process.env));

export interface HeldStack {
  /** It was started here, and `body` having returned it is stopped. */
  ours: boolean;
  /** Aborted by Ctrl-C. */
  interrupted: AbortSignal;
}

/** Runs `body` beside the dev stack of this machine: the one that is running, or one that lives as long as `body`. */
export async function withStack<T>(body: (stack: HeldStack) => Promise<T>): Promise<T> {
  const interrupt = new AbortController();
  const onSignal = () => interrupt.abort(); // npm sends Ctrl-C a second time: it must not cut the stop short
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  const leave = useStack(dataFolder(process.env));
  try {
    let stack: DevStack | null = null;
    while (stack === null && !(await anotherRuns(interrupt.signal))) stack = await start(interrupt.signal);
    if (stack === null) return await body({ ours: false, interrupted: interrupt.signal });
    try {
      return await body({ ours: true, interrupted: interrupt.signal });
    } finally {
      await untilAlone(stack, interrupt.signal);
      remark('Stopping the local stack.');
      await stack.stop();
    }
  } finally {
    leave();
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}

/** Waits until no other command uses the stack. Whoever comes after that waits until it has stopped, and starts one. */
async function untilAlone(stack: DevStack, signal: AbortSignal): Promise<void> {
  for (let told = false; !signal.aborted; told = true) {
    if (!othersUse(stack.dataDir)) {
      stack.hide(true);
      if (!othersUse(stack.dataDir)) return;
      stack.hide(false);
    }
    if (!told) remark('Another command uses the local stack, which stops when that has ended (Ctrl-C: now).');
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
async function start(signal: AbortSignal): Promise<DevStack | null> {
  remark('Starting a local stack: Temporal, object storage, workers.');
  // The programs' logs, `name | text`, are in the data folder; the stack's own notices are for the user.
  const print = (line: string) => void (line.includes('|') || remark(line));
  const options = devStackOptions({}, process.env, { busyDefault: 'move', print });
  try {
    return await startDevStack({ ...options, signal });
  } catch (error) {
    if (signal.aborted) throw interrupted(error);
    if (isStarting(options.dataDir)) return null;
    throw error;
  }
}
