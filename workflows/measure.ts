import type { Machine } from '../experiment/plan/look';
import type { MeasureSpeedInput } from '../activities/measure-speed';
import type { Speed } from '../experiment/plan/estimate';
import { describeMachine, measureSpeed } from './proxies';

/** What the device of a free worker is, before an experiment is planned for it. */
export async function machine(): Promise<Machine> {
  return describeMachine.executeWithOptions({ summary: 'what trains here' }, []);
}

/** How fast the programs of a spec run on a free worker; nothing is stored. */
export async function measure(input: MeasureSpeedInput): Promise<Speed> {
  return measureSpeed.executeWithOptions({ summary: `images/s of ${input.spec.name}'s programs` }, [input]);
}
