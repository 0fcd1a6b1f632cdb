import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/workflow';
import { STAGE_FAILED } from '../experiment/names';

const timeouts: Record<TimeoutFailure['timeoutType'] & string, string> = {
  HEARTBEAT: 'its worker gave no sign of life (killed, out of memory, or cut off from the server)',
  START_TO_CLOSE: 'one attempt took longer than it may',
  SCHEDULE_TO_CLOSE: 'it was not done in the time that all attempts have together',
  SCHEDULE_TO_START: 'no worker took it up in time',
};

/** The errors from the outermost to the root. */
function* causes(error: unknown): Generator<Error> {
  for (let at = error; at instanceof Error; at = at.cause) yield at;
}

/**
 * Why `title` failed, in a sentence. An activity's own words come first: they say what to do, while what is below them (a
 * system's error, say) says only what happened. What a child workflow said of itself is passed on as it is: it knows best
 * where it was.
 */
export function explainFailure(title: string, error: unknown): string {
  const chain = [...causes(error)];
  const told = chain.findLast((cause) => cause instanceof ApplicationFailure && cause.type === STAGE_FAILED);
  if (told) return told.message;
  const activity = chain.find((cause) => cause instanceof ActivityFailure);
  const timeout = chain.find((cause) => cause instanceof TimeoutFailure);
  const said = chain.find((cause) => cause instanceof ApplicationFailure);
  const root = said ?? chain.findLast((cause) => !(cause instanceof TimeoutFailure));
  const reasons = [
    ...(timeout ? [timeout.timeoutType ? timeouts[timeout.timeoutType] : timeout.message] : []),
    ...(root && root !== activity ? [root.message] : []),
  ];
  const where = activity ? `${title} (${activity.activityType})` : title;
  return `${where} failed: ${reasons.join('; last error: ') || String(error)}`;
}

/**
 * @returns the epochs that a training call finished
 * @throws ApplicationFailure, not to be retried, when it says that it did not get as far as it was asked: going on would
 * ask for ever.
 */
export function reachedOrThrow({ run, epoch }: { run: string; epoch: number }, throughEpoch: number): number {
  if (epoch >= throughEpoch) return epoch;
  const message = `${run} was asked to train through epoch ${throughEpoch} and stopped at ${epoch} without an error: this is a fault of the worker's code.`;
  throw ApplicationFailure.create({ message, type: 'TrainingStoodStill', nonRetryable: true });
}
