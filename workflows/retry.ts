import type { RetryPolicy } from '@temporalio/workflow';

/**
 * Failures that waiting cannot mend are made non-retryable where they are understood, in activities/failures.ts. The
 * rest (a store or a server that is down, a worker that was killed or told to stop: each counts as an attempt) is
 * tried again every 30 seconds for a weekend. The bound is a number of attempts and not a scheduleToCloseTimeout
 * because the latter also counts the time spent waiting for a free device, which with many seeds is days.
 */
export const retry = {
  initialInterval: '1 second',
  backoffCoefficient: 2,
  maximumInterval: '30 seconds',
  maximumAttempts: 10_000,
} satisfies RetryPolicy;
