import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  CancellationScope,
  ParentClosePolicy,
  WorkflowIdReusePolicy,
  executeChild,
  isCancellation,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { Workflow, WorkflowResultType } from '@temporalio/workflow';

/**
 * Runs a child workflow called `<id of this one>/<path>` and waits for it, also when it is cancelled: its training
 * commits or gives up its epoch first.
 *
 * ALLOW_DUPLICATE, where the experiment itself has ALLOW_DUPLICATE_FAILED_ONLY: a resumed experiment runs the children
 * again that were done before, and they find in storage that nothing is left to do. A child of an earlier execution
 * that is still closing (its parent was terminated, say) is waited for.
 */
export function runChild<W extends Workflow>(
  workflow: W,
  path: string,
  args: Parameters<W>,
  staticSummary: string,
): Promise<WorkflowResultType<W>> {
  return runNamed(workflow, `${workflowInfo().workflowId}/${path}`, args, staticSummary);
}

/** The same with an id of its own, which it is found by: an experiment that is a member of a sweep. */
export async function runNamed<W extends Workflow>(
  workflow: W,
  workflowId: string,
  args: Parameters<W>,
  staticSummary: string,
): Promise<WorkflowResultType<W>> {
  const { typedSearchAttributes } = workflowInfo();
  for (let wait = 1; ; wait = Math.min(2 * wait, 30)) {
    try {
      return (await executeChild<Workflow>(workflow, {
        workflowId,
        workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
        parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
        typedSearchAttributes,
        args,
        staticSummary,
      })) as WorkflowResultType<W>;
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      await sleep(wait * 1000);
    }
  }
}

/**
 * Waits for all, and only then throws what the first of them failed with: a seed that fails does not waste what the
 * others are in the middle of.
 */
export async function settle<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  const outcomes = await Promise.allSettled(promises);
  const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
  if (failures.length > 0) {
    const cancelled = CancellationScope.current().consideredCancelled;
    throw failures.find((failure) => isCancellation(failure) === cancelled) ?? failures[0];
  }
  return outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
}

/** Runs `work` for each item, at most `lanes` at a time. Where one fails, those that run are waited for and no other begins. */
export async function inLanes<T>(items: readonly T[], lanes: number, work: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const lane = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift())
      await work(item).catch((error: unknown) => {
        waiting.length = 0;
        throw error;
      });
  };
  await settle(Array.from({ length: Math.min(lanes, items.length) }, lane));
}
