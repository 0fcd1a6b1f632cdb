import type { Machine } from '../experiment/plan/look';
import type { FitMicroBatchInput, FittedMicroBatch } from '../activities/machine/fit-micro-batch';
import type { MeasureSpeedInput } from '../activities/machine/measure-speed';
import type { Speed } from '../experiment/plan/estimate';
import { describeMachine, fitMicroBatch, measureSpeed } from './proxies';

/** What the device of a free worker is, before an experiment is planned for it. */
export async function machine(): Promise<Machine> {
  return describeMachine.executeWithOptions({ summary: 'what trains here' }, []);
}

/** How fast the programs of a spec run on a free worker; nothing is stored. */
export async function measure(input: MeasureSpeedInput): Promise<Speed> {
  return measureSpeed.executeWithOptions({ summary: `images/s of ${input.spec.name}'s programs` }, [input]);
}

/** How many images of a step fit into a free worker's memory at one time. */
export async function fit(input: FitMicroBatchInput): Promise<FittedMicroBatch> {
  return fitMicroBatch.executeWithOptions({ summary: `micro-batch of ${input.spec.name}` }, [input]);
}
