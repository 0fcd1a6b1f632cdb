import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExperimentSpec } from '../experiment/resolve';
import { openLivePage } from './live/live-page';
import { callable, type Output } from './output';
import { lineDisplay, noDisplay, type ProgressDisplay } from './progress-display';
import { storedSpec } from './record';
import type { Run } from './runs';
import type { Session } from './session';
import { isOutage, silenceOf } from './silence';
import { takeSnapshot, type Snapshot } from './snapshot';
import type { HeldStack } from './stack';

const INTERVAL_MILLISECONDS = 1000;
/** A server that is silent for so long does not answer. */
export const DEADLINE_MILLISECONDS = 10_000;

/**
 * Shows a run's progress until it closes, or until Ctrl-C (one before this call is in the stack's `interrupted`). A server
 * that does not answer for a while is waited for.
 * @returns closed: the run has ended; detached: it goes on
 */
export async function followRun(
  session: Session,
  run: Run,
  output: Output,
  stack?: HeldStack,
): Promise<'closed' | 'detached'> {
  const interrupt = new AbortController();
  const onSignal = () => interrupt.abort();
  // A server that is silent is not waited for then.
  const interrupted = once(interrupt.signal, 'abort').then(() => 'interrupted' as const);
  if (stack?.interrupted.aborted) interrupt.abort();
  const spec = await storedSpec(session.store, run.workflowId).catch(() => null);
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  const display = openDisplay(session, run.workflowId, spec, output, onSignal, stack?.stops === true);
  let snapshot: Snapshot | undefined;
  const silence = silenceOf(session.settings.temporal.address, `byol watch ${run.workflowId}`);
  try {
    while (!interrupt.signal.aborted) {
      try {
        const asked = session.client.withDeadline(Date.now() + DEADLINE_MILLISECONDS, () =>
          takeSnapshot(session.client, run, snapshot),
        );
        const taken = await Promise.race([asked, interrupted]);
        if (taken === 'interrupted') break;
        snapshot = taken;
        display.show(snapshot);
        if (snapshot.status !== 'RUNNING') return 'closed';
      } catch (error) {
        if (!isOutage(error)) throw error;
        const why = silence(error);
        if (snapshot) display.show({ ...snapshot, silence: why });
      }
      await sleep(INTERVAL_MILLISECONDS, undefined, { signal: interrupt.signal }).catch(() => {});
    }
    return 'detached';
  } finally {
    display.close();
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}

/** A page on a terminal that can draw one, lines elsewhere, nothing for machines. */
function openDisplay(
  session: Session,
  name: string,
  spec: ExperimentSpec | null,
  { json }: Output,
  onLeave: () => void,
  pauses: boolean,
): ProgressDisplay {
  if (json) return noDisplay;
  if (!process.stderr.isTTY || process.env['TERM'] === 'dumb') return lineDisplay(spec);
  const ui = session.uiPage(name);
  const leaving = pauses
    ? 'q: leave; the local stack stops with the command that started it'
    : callable(`q: leave; it goes on (byol watch ${name})`);
  return openLivePage({ name, spec, store: session.store, leaving, onLeave, ...(ui === undefined ? {} : { ui }) });
}
