import { autoPrecision } from '../experiment/precision';
import type { ExperimentSpec } from '../experiment/resolve';
import { experimentSpec } from '../storage/keys';
import type { machine } from '../workflows/measure';
import { settleMicroBatch } from './micro-batch';
import { runOnWorker } from './on-worker';
import { remark } from './output';
import { storedSpec } from './record';
import type { Session } from './session';
import type { Unsettled } from './spec-file';

/**
 * What a spec leaves to the worker (auto), settled: the spec that is kept with the run has it in numbers and names, so
 * that every worker trains the same.
 * @throws {CliFailure} when a worker cannot be asked, or after Ctrl-C
 */
export async function settleSpec(
  session: Session,
  { spec, unsettled }: { spec: ExperimentSpec; unsettled: readonly Unsettled[] },
  interrupted?: AbortSignal,
): Promise<ExperimentSpec> {
  // What fits into memory depends on the precision.
  const settled = unsettled.includes('precision') ? await settlePrecision(session, spec, interrupted) : spec;
  return unsettled.includes('pretraining.accumulate') ? settleMicroBatch(session, settled, interrupted) : settled;
}

/** `precision=auto`: by the device of a free worker. An experiment that there is under this name keeps its own. */
async function settlePrecision(
  { client, store }: Session,
  spec: ExperimentSpec,
  interrupted?: AbortSignal,
): Promise<ExperimentSpec> {
  if ((await store.head(experimentSpec(spec.name))) !== null)
    return { ...spec, precision: (await storedSpec(store, spec.name)).precision };
  const run = runOnWorker(client, spec.name, interrupted);
  const found = await run<Awaited<ReturnType<typeof machine>>>('machine', []);
  const { precision, reason } = autoPrecision(found);
  remark(`precision=auto: ${precision} (${reason}). All arms and seeds of "${spec.name}" are trained in it.`);
  return { ...spec, precision };
}
