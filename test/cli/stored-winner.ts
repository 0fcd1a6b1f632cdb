import type { Leaderboard } from '../../experiment/sweep/leaderboard';
import { leaderboard, sweepPlan } from '../../storage/keys';
import type { ObjectStore } from '../../storage/object-store';

/** Keeps what a finished sweep leaves of itself: that it was one, and who won. */
export async function keepWinner(store: ObjectStore, sweep: string, experiment: string): Promise<void> {
  const standing: Leaderboard = {
    format: 'durable-byol-leaderboard/1',
    ...{ sweep, plan: 'p', rungs: 1, rung: 1, rows: [] },
    winner: { member: 2, experiment, headline: '', report: '' },
  };
  await store.put(sweepPlan(sweep), Buffer.from('{}'));
  await store.put(leaderboard(sweep), Buffer.from(JSON.stringify(standing)));
}
