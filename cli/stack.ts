import { devStackOptions } from '../infra/dev-stack/options';
import { findRunningStack, type StackInfo } from '../infra/dev-stack/stack-file';
import { startDevStack, type DevStack } from '../infra/dev-stack/start';
import { dataFolder } from '../settings/folders';
import { CliFailure, exitCodes } from './failure';
import { remark } from './output';

/** How to reach a dev stack that runs on this machine (`byol up`). */
export type StackConnection = Pick<StackInfo, 'temporal' | 's3' | 'credentials'>;

/** The dev stack that runs on this machine, if one does. */
export function runningStack(): StackConnection | null {
  return findRunningStack(dataFolder(process.env));
}

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
  try {
    if (runningStack() !== null) return await body({ ours: false, interrupted: interrupt.signal });
    remark('Starting a local stack: Temporal, object storage, workers.');
    const stack = await start(interrupt.signal);
    try {
      return await body({ ours: true, interrupted: interrupt.signal });
    } finally {
      remark('Stopping the local stack.');
      await stack.stop();
    }
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}

async function start(signal: AbortSignal): Promise<DevStack> {
  // The programs' logs, `name | text`, are in the data folder; the stack's own notices are for the user.
  const print = (line: string) => void (line.includes('|') || remark(line));
  const options = devStackOptions({}, process.env, { busyDefault: 'move', print });
  try {
    return await startDevStack({ ...options, signal });
  } catch (error) {
    if (signal.aborted)
      throw new CliFailure(exitCodes.interrupted, 'Interrupted before anything was started.', { cause: error });
    throw error;
  }
}
