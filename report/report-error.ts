import { z } from 'zod';

/** Results that no report can be made of. The same results would come to the same end, so another attempt is for nothing. */
export class ReportError extends Error {
  readonly retryable = false;
  override readonly name = 'ReportError';
}

/**
 * Computes a part of an experiment's report.
 * @param compute reads nothing but what it closes over: whatever it throws, it would throw again
 * @throws ReportError in place of all that it throws
 */
export function computed<T>(experiment: string, compute: () => T): T {
  try {
    return compute();
  } catch (cause) {
    const text = cause instanceof z.ZodError ? z.prettifyError(cause) : String((cause as Error).message);
    const why = text.replace(/\s+/g, ' ').slice(0, 1000);
    throw new ReportError(
      `The report of "${experiment}" cannot be made of its results (${why}). The same results would come to the same end, so ` +
        `it is not tried again. Results and weights stay where they are; once the cause is mended, "byol resume ${experiment}" ` +
        `makes the report.`,
      { cause },
    );
  }
}
