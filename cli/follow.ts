import { setTimeout as sleep } from 'node:timers/promises';
import type { Output } from './output';
import { openProgressDisplay } from './progress-display';
import type { Run } from './runs';
import type { Session } from './session';
import { takeSnapshot, type Snapshot } from './snapshot';
import { reason } from './temporal';

const INTERVAL_MILLISECONDS = 1000;

/**
 * Shows a run's progress until it closes, or until Ctrl-C (one before this call is in `interrupted`). A server that does not answer for a while is waited for.
 * @returns closed: the run has ended; detached: it goes on
 */
export async function followRun(
  { client }: Session,
  run: Run,
  output: Output,
  interrupted?: AbortSignal,
): Promise<'closed' | 'detached'> {
  const kind = output.json ? 'none' : process.stderr.isTTY ? 'bars' : 'lines';
  const display = openProgressDisplay(kind);
  const interrupt = new AbortController();
  const onSignal = () => interrupt.abort();
  if (interrupted?.aborted) interrupt.abort();
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  let snapshot: Snapshot | undefined;
  try {
    while (!interrupt.signal.aborted) {
      try {
        snapshot = await takeSnapshot(client, run, snapshot);
        display.show(snapshot);
        if (snapshot.status !== 'RUNNING') return 'closed';
      } catch (error) {
        if (!isOutage(error)) throw error;
        if (snapshot) display.show({ ...snapshot, silence: `the Temporal server does not answer (${reason(error)})` });
      }
      await sleep(INTERVAL_MILLISECONDS, undefined, { signal: interrupt.signal }).catch(() => {});
    }
    return 'detached';
  } finally {
    display.close();
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}

const outages = [4, 8, 14]; // gRPC: DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, UNAVAILABLE

/** Whether asking again later may help. */
export const isOutage = (error: unknown): boolean =>
  [error, (error as { cause?: unknown }).cause].some((each) =>
    outages.includes((each as { code?: number })?.code ?? -1),
  );
