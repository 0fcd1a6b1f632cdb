import { randomUUID } from 'node:crypto';
import { WorkflowFailedError, type Client } from '@temporalio/client';
import { CPU_QUEUE } from '../experiment/names';
import type { Override } from '../experiment/overrides';
import type { Setting } from '../experiment/plan/choices';
import type { Speed } from '../experiment/plan/estimate';
import type { DataLook, Machine } from '../experiment/plan/look';
import { draftOf } from '../experiment/plan/plan';
import type { machine, measure } from '../workflows/measure';
import { CliFailure, exitCodes } from './failure';
import { remark } from './output';

export interface Measured {
  machine: Machine;
  speed: Speed;
  precision: Setting['precision'];
}

/** bf16 rounds more: it has to be worth it. */
const worthBf16 = 1.15;
/** After this long the reader wonders. */
const patience = 15_000;

/**
 * Lets a free worker say what it is and run a few steps of what the plan would train, in bf16 too where it computes in it.
 * @throws {CliFailure} when it failed there, or after Ctrl-C
 */
export async function measureWorker(
  client: Client,
  look: DataLook,
  overrides: readonly Override[],
  interrupted?: AbortSignal,
): Promise<Measured> {
  const run = async <T>(type: string, args: unknown[]): Promise<T> => {
    const workflowId = `plan-${look.name}-${randomUUID().slice(0, 8)}`;
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
  const found = await run<Awaited<ReturnType<typeof machine>>>('machine', []);
  const { channels, classes } = look.facts;
  const speedIn = (precision: Setting['precision']) => {
    const spec = draftOf(look, found, overrides, precision);
    const input: Parameters<typeof measure>[0] = { spec, channels, classes };
    return run<Awaited<ReturnType<typeof measure>>>('measure', [input]);
  };
  const speed = await speedIn('fp32');
  if (!found.bf16 || overrides.some(({ path }) => path === 'precision'))
    return { machine: found, speed, precision: 'fp32' };
  const fast = await speedIn('bf16').catch((error: unknown) => {
    if (interrupted?.aborted) throw error;
    return null;
  });
  if (fast && fast.pretraining >= worthBf16 * speed.pretraining)
    return { machine: found, speed: fast, precision: 'bf16' };
  return { machine: found, speed, precision: 'fp32' };
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
