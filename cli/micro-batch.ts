import type { ExperimentSpec } from '../experiment/resolve';
import { experimentSpec } from '../storage/keys';
import type { fit } from '../workflows/measure';
import { runOnWorker } from './on-worker';
import { remark } from './output';
import { storedSpec } from './record';
import type { Session } from './session';

/**
 * `pretraining.accumulate=auto`: batch and accumulate by the memory of a free worker. An experiment that there is under
 * this name keeps its own, where they make as large a step.
 *
 * @param spec its batch is the images of an optimizer step
 */
export async function settleMicroBatch(
  { client, store }: Session,
  spec: ExperimentSpec,
  interrupted?: AbortSignal,
): Promise<ExperimentSpec> {
  const wanted = spec.pretraining.batch;
  const settled = (batch: number, accumulate: number) => ({
    ...spec,
    pretraining: { ...spec.pretraining, batch, accumulate },
  });
  if ((await store.head(experimentSpec(spec.name))) !== null) {
    const { batch, accumulate } = (await storedSpec(store, spec.name)).pretraining;
    if (batch * accumulate === wanted) return settled(batch, accumulate);
  }
  const run = runOnWorker(client, spec.name, interrupted);
  const input: Parameters<typeof fit>[0] = { spec };
  const { batch, accumulate, needed, memory } = await run<Awaited<ReturnType<typeof fit>>>('fit', [input]);
  const GB = (bytes: number) => (bytes / 1e9).toFixed(1);
  remark(
    `pretraining.accumulate=auto: ${accumulate} x ${batch} images make a step of ${wanted} (about ${GB(needed)} of the worker's ` +
      `${GB(memory)} GB).${accumulate > 1 ? ` Batch norm sees ${batch} at a time.` : ''}`,
  );
  return settled(batch, accumulate);
}
