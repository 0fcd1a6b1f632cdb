import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExperimentSpec } from '../experiment/resolve';
import { CliFailure, exitCodes } from './failure';
import { openLivePage } from './live/live-page';
import { callable, type Output } from './output';
import { lineDisplay, noDisplay, type ProgressDisplay } from './progress-display';
import { storedSpec } from './record';
import type { Run } from './runs';
import type { Session } from './session';
import { takeSnapshot, type Snapshot } from './snapshot';
import { runningStack, type HeldStack } from './stack';
import { reason } from './temporal';

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
  const { address } = session.settings.temporal;
  const local = runningStack()?.temporal.address === address;
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
        if (local) refuseAnother(address, run.workflowId);
        if (snapshot) display.show({ ...snapshot, silence: silenceOf(error, local) });
      }
      await sleep(INTERVAL_MILLISECONDS, undefined, { signal: interrupt.signal }).catch(() => {});
    }
    return 'detached';
  } finally {
    display.close();
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}

/** The stack that was followed is gone for good where another has come; nobody should wait for it. */
function refuseAnother(address: string, name: string): void {
  const now = runningStack()?.temporal.address;
  if (now === undefined || now === address) return;
  throw new CliFailure(
    exitCodes.unreachable,
    `The local stack was stopped, and one was started at another address: "byol watch ${name}" shows how it goes on there.`,
  );
}

/** @param local whether it is asked of the stack of this machine */
const silenceOf = (error: unknown, local: boolean): string =>
  local && runningStack() === null
    ? 'the local stack has stopped: "byol up" starts it again, and what it was at goes on'
    : `the Temporal server does not answer (${reason(error)})`;

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

const outages = [4, 8, 14]; // gRPC: DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, UNAVAILABLE

/** Whether asking again later may help. */
export const isOutage = (error: unknown): boolean =>
  [error, (error as { cause?: unknown }).cause].some((each) =>
    outages.includes((each as { code?: number })?.code ?? -1),
  );
