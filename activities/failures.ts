import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';

/**
 * What waiting alone seldom mends but now and then does: a bucket being made, a policy or new credentials that have not
 * reached every server yet, a disk that another program is filling.
 */
const mayMendItself = new Set(['BucketMissingError', 'AccessDeniedError', 'DiskFullError']);
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
    const { cancellationSignal, info } = Context.current();
    try {
      return await activity(...args);
    } catch (error) {
      if (cancellationSignal.aborted) throw cancellationSignal.reason;
      throw toFailure(error, info.attempt);
    }
  };
}

/** @param attempt the number of the attempt that threw, from 1 */
export function toFailure(error: unknown, attempt: number): unknown {
  if (error instanceof ApplicationFailure || !(error instanceof Error)) return error;
  const nonRetryable = attempt >= patienceWith(error);
  return ApplicationFailure.create({ message: error.message, type: error.name, nonRetryable, cause: error });
}

function patienceWith({ name, retryable }: DomainError): number {
  if (retryable === undefined) return ATTEMPTS_AT_THE_UNKNOWN;
  if (retryable) return Infinity;
  return mayMendItself.has(name) ? ATTEMPTS_TO_MEND : 1;
}
