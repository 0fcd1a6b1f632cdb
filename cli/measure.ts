import type { Client } from '@temporalio/client';
import type { Override } from '../experiment/overrides';
import type { Speed } from '../experiment/plan/estimate';
import type { DataLook, Machine } from '../experiment/plan/look';
import { draftOf } from '../experiment/plan/plan';
import type { machine, measure } from '../workflows/measure';
import { runOnWorker } from './on-worker';

export interface Measured {
  machine: Machine;
  speed: Speed;
}

/**
 * Lets a free worker say what it is and run a few steps of what the plan would train, on all of its devices
 * at once.
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
  const { devices } = found;
  const input: Parameters<typeof measure>[0] = { spec: draftOf(look, found, overrides), channels, classes, devices };
  const speed = await run<Awaited<ReturnType<typeof measure>>>('measure', [input]);
  return { machine: found, speed };
}
