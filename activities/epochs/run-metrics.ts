import { metricsText, parseMetrics } from '../../experiment/run-metrics';
import type { EpochMetrics } from '../../experiment/epoch-metrics';
import * as keys from '../../storage/keys';
import type { ObjectStore } from '../../storage/object-store';
import { eventFile } from '../formats/event-file';

/**
 * Writes a run's metrics.jsonl and TensorBoard's event file, both whole, after its checkpoint was committed: for people who
 * watch and for their tools. The checkpoint has the same numbers, so that a failure here is told to `warn` and the training
 * goes on.
 */
export async function keepRunMetrics(
  store: Pick<ObjectStore, 'put'>,
  of: { experiment: string; run: string },
  epochs: readonly EpochMetrics[],
  warn: (message: string) => void,
): Promise<void> {
  const text = metricsText(epochs);
  const files = [
    { key: keys.runMetrics(of.experiment, of.run), body: Buffer.from(text), contentType: 'application/jsonl' },
    { key: keys.runEvents(of.experiment, of.run), body: eventFile(parseMetrics(text)), contentType: undefined },
  ];
  for (const { key, body, contentType } of files) {
    try {
      await store.put(key, body, contentType === undefined ? {} : { contentType });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      warn(`${key} was not written, and the training goes on without it: ${why}`);
    }
  }
}
