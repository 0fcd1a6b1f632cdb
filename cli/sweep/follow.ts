import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { percent } from '../../experiment/percent';
import type { ProgressView } from '../../workflows/progress';
import type { sweep } from '../../workflows/sweep';
import type { SweepView } from '../../workflows/sweep-board';
import { DEADLINE_MILLISECONDS } from '../follow';
import { progressLine, remark, type Output } from '../output';
import type { Session } from '../session';
import { isOutage, lacksWorker, silenceOf, unansweredBecause } from '../silence';

export type SweepRun = WorkflowHandle<typeof sweep>;

const INTERVAL_MILLISECONDS = 1000;
const QUERY_MILLISECONDS = 5000;

/**
 * Shows how a sweep's members stand until it closes, or until Ctrl-C (one before this call is in `interrupted`).
 * @returns closed: it has ended; detached: it goes on
 */
export async function followSweep(
  { client, settings }: Session,
  run: SweepRun,
  output: Output,
  interrupted?: AbortSignal,
): Promise<'closed' | 'detached'> {
  const interrupt = new AbortController();
  const onSignal = () => interrupt.abort();
  if (interrupted?.aborted) interrupt.abort();
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  // A server that is silent is not waited for then.
  const left = once(interrupt.signal, 'abort').then(() => 'left' as const);
  const silence = silenceOf(settings.temporal.address, `byol watch ${run.workflowId}`);
  const told = new Set<string>();
  const tell = (text: string) => {
    if (output.json || told.has(text)) return;
    told.add(text);
    progressLine('');
    remark(text);
  };
  try {
    while (!interrupt.signal.aborted) {
      try {
        const asked = client.withDeadline(Date.now() + DEADLINE_MILLISECONDS, () => standingOf(client, run));
        const standing = await Promise.race([asked, left]);
        if (standing === 'left') break;
        if (standing === 'closed') return 'closed';
        for (const line of standing.news) tell(line);
        if (!output.json) progressLine(standing.line);
      } catch (error) {
        if (!isOutage(error)) throw error;
        tell(`! Nobody says how far it is: ${silence(error)}.`);
      }
      await sleep(INTERVAL_MILLISECONDS, undefined, { signal: interrupt.signal }).catch(() => {});
    }
    return 'detached';
  } finally {
    progressLine('');
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}

/** What there is to tell of a sweep now. */
async function standingOf(client: Client, run: SweepRun): Promise<'closed' | { news: string[]; line: string }> {
  if ((await run.describe()).status.name !== 'RUNNING') return 'closed';
  try {
    const view = await sweepView(client, run);
    return { news: newsOf(view), line: await standingLine(client, view) };
  } catch (error) {
    if (!lacksWorker(error)) throw error;
    return { news: [`! Nobody says how far it is: ${unansweredBecause(error)}.`], line: '' };
  }
}

/** Asks a sweep how it stands. */
export const sweepView = (client: Client, run: SweepRun): Promise<SweepView> =>
  client.withDeadline(Date.now() + QUERY_MILLISECONDS, () => run.query<SweepView>('leaderboard'));

/** Everything that has happened so far, a line each that stays the same. */
function newsOf({ leaderboard: { rows } }: SweepView): string[] {
  return rows.flatMap(({ experiment, settings, scores, state, failure }) => [
    ...scores.map((score) => `${score.experiment} (${settings}): ${percent(score.validationAccuracy)} on validation`),
    ...(state === 'running' ? [`${experiment} (${settings}) runs`] : []),
    ...(state === 'winner' ? [`${experiment} (${settings}) is the winner, and is judged by the test split`] : []),
    ...(failure === undefined ? [] : [`! ${experiment} failed, the sweep goes on without it: ${failure}`]),
  ]);
}

async function standingLine(client: Client, { leaderboard: { rung, rungs, rows } }: SweepView): Promise<string> {
  const running = rows.filter(({ state }) => state === 'running' || state === 'winner');
  const parts = await Promise.all(
    running.map(async ({ experiment }) => `${experiment} ${await partDone(client, experiment)}`),
  );
  return `rung ${rung} of ${rungs}: ${parts.join(', ')}`;
}

/** Of the epochs of an experiment, those that are done: `45%`. */
async function partDone(client: Client, experiment: string): Promise<string> {
  try {
    const run = client.workflow.getHandle(experiment);
    const { stages } = await client.withDeadline(Date.now() + QUERY_MILLISECONDS, () =>
      run.query<ProgressView>('progress'),
    );
    const epochs = stages.filter(({ unit }) => unit === 'epochs');
    const [done, total] = [epochs, epochs].map((list, at) =>
      list.reduce((sum, stage) => sum + (at === 0 ? stage.done : stage.total), 0),
    ) as [number, number];
    return `${Math.floor((100 * done) / Math.max(1, total))}%`;
  } catch {
    return '...'; // it has not begun yet, or nobody answers just now
  }
}
