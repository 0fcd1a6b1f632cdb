import {
  CancelledFailure,
  TemporalFailure,
  TerminatedFailure,
  TimeoutFailure,
  WorkflowFailedError,
} from '@temporalio/client';
import { STAGE_FAILED } from '../experiment/names';
import { nextName } from '../experiment/start-line';
import { CliFailure, exitCodes } from './failure';

/**
 * What a closed run came to.
 * @throws {CliFailure} with exit code 1: why it failed, in one paragraph, and how to go on
 */
export async function outcomeOf<T>(
  run: { result(): Promise<T> },
  name: string,
  what: 'experiment' | 'sweep' = 'experiment',
): Promise<T> {
  try {
    return await run.result();
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    throw new CliFailure(exitCodes.failed, `${describe(error, what)}\nWhat was done is kept. ${goingOn(error, name)}`, {
      cause: error,
    });
  }
}

/** What was read is at fault, or the setting that names it: an experiment keeps its settings. */
const ofTheSource = /^(Dataset|Weights|TooFewImages)Error$/;

/** A collapse comes again with the same settings, and too little memory on the same worker: going on would mislead. */
function goingOn(error: Error, name: string): string {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const { type } = at as { type?: unknown };
    if (type === 'MemoryError')
      return `Change the settings, under another name (name=${nextName(name)}), or run a worker with more memory and go on there: byol resume ${name}`;
    if (typeof type === 'string' && ofTheSource.test(type))
      return `Where it is mended outside of the experiment, go on: byol resume ${name}. With other settings it is another experiment (name=${nextName(name)}).`;
    if (type === 'CollapsedError')
      return `The same settings come to the same end: change them, under another name (name=${nextName(name)}).`;
  }
  return `To go on from there: byol resume ${name}`;
}

function describe({ cause }: WorkflowFailedError, what: string): string {
  if (cause instanceof CancelledFailure) return `The ${what} was cancelled.`;
  if (cause instanceof TerminatedFailure)
    return `The ${what} was terminated${cause.message ? `: ${cause.message}` : ''}.`;
  if (cause instanceof TimeoutFailure) return `The ${what} took longer than it was given.`;
  return cause ? rootCause(cause) : `The ${what} failed, and the server does not say why.`;
}

/** The workflow says in its own failure what the root cause was; another kind of failure is followed down to it. */
function rootCause(failure: Error): string {
  if (failure instanceof TemporalFailure && (failure as { type?: unknown }).type === STAGE_FAILED)
    return failure.message;
  let at: Error = failure;
  while (at.cause instanceof Error) at = at.cause;
  return at.message || failure.message;
}
