import { Context, heartbeat } from '@temporalio/activity';

/** Milliseconds between two signs of life while nothing is to be told. */
const PULSE = 2000;

/**
 * Runs `work` with heartbeats that go on while it waits.
 *
 * @param details what the heartbeats say at first; `tell` changes it
 */
export async function withPulse<T>(details: object, work: (tell: (details: object) => void) => Promise<T>): Promise<T> {
  let latest = details;
  const timer = setInterval(() => heartbeat(latest), PULSE);
  heartbeat(latest);
  try {
    return await work((next) => {
      latest = next;
      heartbeat(next);
    });
  } finally {
    clearInterval(timer);
  }
}

/** Throws the cancellation's own reason: after a cancel, a pause, or when the worker shuts down. */
export function throwIfCancelled(): void {
  const { cancellationSignal } = Context.current();
  if (cancellationSignal.aborted) throw cancellationSignal.reason;
}
