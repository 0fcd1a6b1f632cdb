import { randomUUID } from 'node:crypto';
import { WorkflowFailedError, type Client } from '@temporalio/client';
import { CPU_QUEUE } from '../experiment/names';
import { CliFailure, exitCodes } from './failure';
import { remark } from './output';

/** After this long the reader wonders. */
const patience = 15_000;

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
    const stop = () => void handle.cancel().catch(() => undefined);
    interrupted?.addEventListener('abort', stop);
    const wonder = setTimeout(
      () => remark('Waiting for a worker that is free: one device does one thing at a time.'),
      patience,
    );
    try {
      return (await handle.result()) as T;
    } catch (error) {
      if (interrupted?.aborted)
        throw new CliFailure(exitCodes.interrupted, 'Interrupted before the experiment was started.', { cause: error });
      throw error instanceof WorkflowFailedError ? failed(error) : error;
    } finally {
      clearTimeout(wonder);
      interrupted?.removeEventListener('abort', stop);
    }
  };
}

function failed(error: WorkflowFailedError): CliFailure {
  let at: Error = error;
  while (at.cause instanceof Error) at = at.cause;
  return new CliFailure(
    exitCodes.failed,
    `What would be trained could not be tried on a worker: ${at.message} Nothing was started.`,
    { cause: error },
  );
}
