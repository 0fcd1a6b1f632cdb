import { leaderboard, type Leaderboard } from '../../experiment/sweep/leaderboard';
import * as keys from '../../storage/keys';
import type { ObjectStore } from '../../storage/object-store';
import { parseStoredResult } from '../formats/stored-result';
import type { SweepRef } from './prepare-member';

export type RecallLeaderboard = (sweep: SweepRef) => Promise<Leaderboard | null>;

/** @returns the activity `recallLeaderboard`: how a sweep of this plan stood when it last ran; null where it never did. */
export function createRecallLeaderboard({ store }: { store: ObjectStore }): RecallLeaderboard {
  return async ({ name, plan }) => {
    const key = keys.leaderboard(name);
    const stored = await store.getIfPresent(key);
    const found = stored && parseStoredResult(stored.body, leaderboard, key);
    return found?.plan === plan ? found : null;
  };
}

export type KeepLeaderboard = (leaderboard: Leaderboard) => Promise<void>;

/** @returns the activity `keepLeaderboard`: writes it over the one before. */
export function createKeepLeaderboard({ store }: { store: ObjectStore }): KeepLeaderboard {
  return async (standing) => {
    const body = Buffer.from(`${JSON.stringify(leaderboard.parse(standing), null, 2)}\n`);
    await store.put(keys.leaderboard(standing.sweep), body, { contentType: 'application/json' });
  };
}
