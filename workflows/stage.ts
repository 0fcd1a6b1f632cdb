import {
  ApplicationFailure,
  CancellationScope,
  TemporalFailure,
  defineSignal,
  getExternalWorkflowHandle,
  isCancellation,
  setCurrentDetails,
  workflowInfo,
} from '@temporalio/workflow';
import { STAGE_FAILED } from '../experiment/names';
import { singleRow } from './details';
import { explainFailure } from './explain-failure';
import { isMilestone } from './progress';
import type { StageReport } from './progress';
import { mark } from './search-attributes';

/** A stage tells its experiment how far it is. */
export const stageSignal = defineSignal<[StageReport]>('stage');

export interface Outcome {
  status: 'completed' | 'failed' | 'cancelled';
  /** For failed: the sentence that says why. */
  failure?: string;
}

/**
 * Runs a workflow's body so that its search attributes say how it stands, and that it ends, if it fails, with one
 * sentence that names the root cause. Cancellation and continue-as-new pass through; so does an error of our own making,
 * which fails the workflow task and not the workflow: the run goes on when the code is mended.
 *
 * @param title what the sentence says failed
 * @param onEnd told how it ended before the workflow closes
 */
export async function conclude<T>(
  title: string,
  body: () => Promise<T>,
  onEnd: (outcome: Outcome) => unknown,
): Promise<T> {
  const end = async (outcome: Outcome) => {
    mark({ status: outcome.status });
    await CancellationScope.nonCancellable(async () => {
      await onEnd(outcome);
    });
  };
  mark({ status: 'running' });
  try {
    const result = await body();
    await end({ status: 'completed' });
    return result;
  } catch (error) {
    if (!(error instanceof TemporalFailure)) throw error;
    if (CancellationScope.current().consideredCancelled && isCancellation(error)) {
      await end({ status: 'cancelled' });
      throw error;
    }
    const failure = explainFailure(title, error);
    await end({ status: 'failed', failure });
    throw ApplicationFailure.create({ message: failure, type: STAGE_FAILED, nonRetryable: true, cause: error });
  }
}

/** Shows a workflow's standing as one row of a Markdown table in the Temporal UI. */
export function showRow(values: Record<string, string | number>, outcome?: Outcome): void {
  const row = singleRow({ ...values, status: outcome?.status ?? 'running' });
  setCurrentDetails(outcome?.failure === undefined ? row : `${row}\n\n**Why:** ${outcome.failure}`);
}

export type Reporter = (done: number, report?: Omit<StageReport, 'id' | 'done'>) => Promise<void>;

/**
 * @param experiment id of the experiment's workflow: its name. It is not always the root: a sweep's experiments have one above
 * @param start what is done already
 * @param reports how many reports the stage may make on its way; a change of state is always reported
 */
export function stageReporter(experiment: string, start: number, total: number, reports: number): Reporter {
  const { root, workflowId } = workflowInfo();
  let before = start;
  return async (done, report = {}) => {
    const due = report.state !== undefined || isMilestone(before, done, total, reports);
    before = done;
    if (!due || !root || root.workflowId === workflowId) return;
    try {
      await getExternalWorkflowHandle(experiment).signal(stageSignal, { id: workflowId, done, ...report });
    } catch (error) {
      // Progress is a courtesy: an experiment that is gone must not fail what its training has reached.
      if (isCancellation(error)) throw error;
    }
  };
}
