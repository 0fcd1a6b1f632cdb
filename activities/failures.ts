import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';

/**
 * What waiting alone seldom mends but now and then does: a bucket being made, a policy or new credentials that have not
 * reached every server yet, a disk that another program is filling.
 */
const mayMendItself = new Set(['BucketMissingError', 'AccessDeniedError', 'DiskFullError', 'EngineDiskFullError']);
/** With the workflows' back-off (1, 2, 4, ... 30 seconds) about a minute. */
const ATTEMPTS_TO_MEND = 7;
/** About eight minutes: for an engine that crashed, and for what nobody thought of, so that a bug does not run for days. */
const ATTEMPTS_AT_THE_UNKNOWN = 20;

interface DomainError extends Error {
  /** Errors of our own say whether the same call can succeed later without anybody changing anything. */
  retryable?: boolean;
}

/**
 * Wraps an activity so that what it throws tells Temporal what to do:
 * - it was cancelled, or its worker is shutting down: the cancellation signal's own reason, whatever the code below
 *   made of it (an AbortError would leave a paused activity hanging);
 * - `retryable: true` (a store that is down): another attempt, for as long as the workflow allows;
 * - `retryable: false` (a wrong archive, a spec that does not fit): the activity fails for good, and so does the run,
 *   until somebody mends it and resumes;
 * - anything else (a trainer that crashed, a bug): some attempts.
 */
export function withFailures<A extends unknown[], R>(activity: (...args: A) => Promise<R>): (...args: A) => Promise<R> {
  return async (...args) => {
    const { cancellationSignal, info, log } = Context.current();
    try {
      return await activity(...args);
    } catch (error) {
      if (cancellationSignal.aborted) throw cancellationSignal.reason;
      if (error instanceof Error && error.cause !== undefined) log.debug('What the activity failed of', { error });
      throw toFailure(error, info.attempt);
    }
  };
}

/**
 * Temporal keeps 4 KB of what an activity that is tried again failed of, and where it is more "Failure exceeds size limit."
 * alone. So what lies below the error stays out of it: the sentence has what matters of that.
 */
const kept = { sentence: [800, 300], frames: 5 } as const;
/** No sentence for people is longer; what a file made of itself may be, and of megabytes the server takes nothing. */
const longest = [8000, 2000] as const;

/** @param attempt the number of the attempt that threw, from 1 */
export function toFailure(error: unknown, attempt: number): unknown {
  if (error instanceof ApplicationFailure || !(error instanceof Error)) return error;
  const nonRetryable = attempt >= patienceWith(error);
  const message = shortened(error.message, nonRetryable ? longest : kept.sentence);
  const failure = ApplicationFailure.create({ message, type: error.name, nonRetryable });
  failure.stack = framesOf(error).slice(0, kept.frames).join('\n');
  return failure;
}

function shortened(text: string, [first, last]: readonly [number, number]): string {
  return text.length <= first + last ? text : `${text.slice(0, first)} … ${text.slice(-last)}`;
}

const framesOf = ({ stack = '' }: Error): string[] =>
  stack.split('\n').filter((line) => /^ {4}at /.test(line) && line.length < 200);

function patienceWith({ name, retryable }: DomainError): number {
  if (retryable === undefined) return ATTEMPTS_AT_THE_UNKNOWN;
  if (retryable) return Infinity;
  return mayMendItself.has(name) ? ATTEMPTS_TO_MEND : 1;
}
