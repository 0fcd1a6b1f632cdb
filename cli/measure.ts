import type { Client } from '@temporalio/client';
import type { Override } from '../experiment/overrides';
import type { Setting } from '../experiment/plan/choices';
import type { Speed } from '../experiment/plan/estimate';
import type { DataLook, Machine } from '../experiment/plan/look';
import { draftOf } from '../experiment/plan/plan';
import type { machine, measure } from '../workflows/measure';
import { runOnWorker } from './on-worker';

export interface Measured {
  machine: Machine;
  speed: Speed;
  precision: Setting['precision'];
}

/** bf16 rounds more: it has to be worth it. */
const worthBf16 = 1.15;

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
  const run = runOnWorker(client, look.name, interrupted);
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
