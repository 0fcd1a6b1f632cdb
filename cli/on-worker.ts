import { randomUUID } from 'node:crypto';
import { WorkflowFailedError, type Client, type WorkflowHandle } from '@temporalio/client';
import { CPU_QUEUE } from '../experiment/names';
import { CliFailure, exitCodes, type ExitCode } from './failure';
import { remark } from './output';
import { activitiesOf } from './snapshot';

/** After this long without a sign of a worker the reader wonders. */
export const patience = 15_000;
export const waitingForWorker = 'Waiting for a worker that is free: one device does one thing at a time.';

/**
 * Runs short workflows that ask a free worker something before an experiment starts.
 *
 * @param name of the experiment to be
 * @returns from a workflow's type and arguments to its result; throws {CliFailure} when it failed there, or after Ctrl-C
 */
export function runOnWorker(client: Client, name: string, interrupted?: AbortSignal) {
  return async <T>(type: string, args: unknown[]): Promise<T> => {
    const workflowId = `plan-${name}-${randomUUID().slice(0, 8)}`;
    const options = { workflowId, taskQueue: CPU_QUEUE, args, workflowExecutionTimeout: '1 day' } as const;
    const handle = await client.workflow.start(type, options);
    const wonder = setTimeout(() => {
      // What cannot be asked now is not told.
      void waits(handle)
        .then((waiting) => waiting && remark(waitingForWorker))
        .catch(() => undefined);
    }, patience);
    return resultFromWorker<T>(handle, {
      interrupted,
      stopped: 'Interrupted before the experiment was started.',
      failed: ({ message }) => ({
        exitCode: exitCodes.failed,
        message: `What would be trained could not be tried on a worker: ${message} Nothing was started.`,
      }),
    }).finally(() => clearTimeout(wonder));
  };
}

/** Whether none of its activities has been taken up. */
const waits = async (handle: WorkflowHandle): Promise<boolean> =>
  activitiesOf(await handle.describe()).every(({ started }) => started === false);

/** What the user is told of a failure. */
export interface Told {
  exitCode: ExitCode;
  message: string;
}

/** What the user is told where there is no result. */
interface Endings {
  interrupted: AbortSignal | undefined;
  /** After Ctrl-C. */
  stopped: string;
  /** @param root what began it */
  failed: (root: Error) => Told | Promise<Told>;
}

/**
 * Waits for a workflow in which a worker does something at once; an interruption cancels it.
 * @throws {CliFailure} when it failed there, or was interrupted
 */
export async function resultFromWorker<T>(
  handle: { result(): Promise<T>; cancel(): Promise<unknown> },
  { interrupted, stopped, failed }: Endings,
): Promise<T> {
  const stop = () => void handle.cancel().catch(() => undefined);
  interrupted?.addEventListener('abort', stop);
  try {
    return await handle.result();
  } catch (error) {
    if (interrupted?.aborted) throw new CliFailure(exitCodes.interrupted, stopped, { cause: error });
    if (!(error instanceof WorkflowFailedError)) throw error;
    let root: Error = error;
    while (root.cause instanceof Error) root = root.cause;
    const { exitCode, message } = await failed(root);
    throw new CliFailure(exitCode, message, { cause: error });
  } finally {
    interrupted?.removeEventListener('abort', stop);
  }
}
