import type { Machine } from '../experiment/plan/look';
import type { FitMicroBatchInput, FittedMicroBatch } from '../activities/machine/fit-micro-batch';
import type { MeasureSpeedInput } from '../activities/machine/measure-speed';
import { together, type Speed } from '../experiment/plan/estimate';
import { describeMachine, fitMicroBatch, measureBeside, measureSpeed } from './proxies';

/** What the device of a free worker is, before an experiment is planned for it. */
export async function machine(): Promise<Machine> {
  return describeMachine.executeWithOptions({ summary: 'what trains here' }, []);
}

/**
 * How fast the programs of a spec run on a free worker, on all of its devices at once, as they will; nothing is stored.
 * @param devices of the worker; those that are busy with something else are not waited for
 */
export async function measure({ devices, ...input }: MeasureSpeedInput & { devices: number }): Promise<Speed> {
  const summary = `images/s of ${input.spec.name}'s programs`;
  const atOnce = Array.from({ length: devices }, () =>
    measureBeside.executeWithOptions({ summary }, [input]).catch(() => null),
  );
  const beside = (await Promise.all(atOnce)).filter((speed) => speed !== null);
  return beside.length > 0 ? together(beside) : measureSpeed.executeWithOptions({ summary }, [input]);
}

/** How many images of a step fit into a free worker's memory at one time. */
export async function fit(input: FitMicroBatchInput): Promise<FittedMicroBatch> {
  return fitMicroBatch.executeWithOptions({ summary: `micro-batch of ${input.spec.name}` }, [input]);
}
