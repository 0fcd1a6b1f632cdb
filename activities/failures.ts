import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';

/**
 * What waiting alone seldom mends but now and then does: a bucket being made, a policy or new credentials that have not
 * reached every server yet.
 */
const mayMendItself = new Set(['BucketMissingError', 'AccessDeniedError', 'DiskFullError']);
/** With the workflows' back-off (1, 2, 4, ... seconds) that is about a minute. */
const ATTEMPTS_TO_MEND = 7;

interface DomainError extends Error {
  /** Domain errors say whether the same call can succeed later without anybody changing anything. */
  retryable?: boolean;
}

/**
 * Wraps an activity so that what it throws tells Temporal what to do:
 * - it was cancelled, or its worker is shutting down: the cancellation signal's own reason, whatever the code below
 *   made of it (an AbortError would leave a paused activity hanging);
 * - `retryable: false` (a wrong archive, a spec that does not fit): the activity fails for good, and so does the run,
 *   until somebody mends it and resumes;
 * - anything else (a store that is down, a trainer that crashed): another attempt.
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
  const { name: type, message, retryable } = error as DomainError;
  const patience = mayMendItself.has(type) ? ATTEMPTS_TO_MEND : 1;
  const nonRetryable = retryable === false && attempt >= patience;
  return ApplicationFailure.create({ message, type, nonRetryable, cause: error });
}
