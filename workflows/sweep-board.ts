import { defineQuery, setCurrentDetails, setHandler } from '@temporalio/workflow';
import { memberName } from '../experiment/sweep/halving';
import type { Leaderboard, LeaderboardRow, Score } from '../experiment/sweep/leaderboard';
import { keepLeaderboard } from './proxies';
import { leaderboardTable } from './sweep-details';
import type { SweepInput } from './sweep';

/** What the query `leaderboard` answers. */
export interface SweepView {
  status: 'running' | 'completed' | 'failed' | 'cancelled';
  leaderboard: Leaderboard;
  /** Why it failed. */
  failure?: string;
}

/** How the members stand. */
export const leaderboardQuery = defineQuery<SweepView>('leaderboard');

export interface SweepBoard {
  standing(): Leaderboard;
  /** Changes what stands above the table. */
  show(change: Partial<Omit<SweepView, 'leaderboard'>>): void;
  set(change: Partial<Leaderboard>): void;
  /** Changes a member's row. */
  note(member: number, change: Partial<LeaderboardRow>): void;
  /** Takes what an earlier execution of this sweep reached. */
  recall(earlier: Leaderboard): void;
  score(member: number, score: Score): void;
  scoreOf(member: number, rung: number): Score | undefined;
  /** Members that have their score of a rung. */
  triedIn(rung: number): number[];
  /** Writes it as it is then to storage; an older one never after a newer. */
  keep(): Promise<void>;
}

/** The sweep's standing: answers the query and shows the table in the Temporal UI. */
export function openSweepBoard(input: SweepInput): SweepBoard {
  let view: SweepView = { status: 'running', leaderboard: startOf(input) };
  const change = (next: Partial<SweepView>) => {
    view = { ...view, ...next };
    setCurrentDetails(leaderboardTable(view));
  };
  const set = (next: Partial<Leaderboard>) => change({ leaderboard: { ...view.leaderboard, ...next } });
  const rowOf = (member: number) => view.leaderboard.rows[member - 1] as LeaderboardRow;
  const note = (member: number, next: Partial<LeaderboardRow>) =>
    set({ rows: view.leaderboard.rows.map((row) => (row.member === member ? { ...row, ...next } : row)) });

  const scoreOf = (member: number, rung: number) => rowOf(member).scores.find((score) => score.rung === rung);
  let kept = Promise.resolve();
  const keep = () =>
    (kept = kept.then(() => keepLeaderboard.executeWithOptions({ summary: 'the leaderboard' }, [view.leaderboard])));

  change({});
  setHandler(leaderboardQuery, () => view, { description: 'How the members of the sweep stand.' });
  return {
    standing: () => view.leaderboard,
    ...{ show: change, set, note, keep },
    recall: (earlier) => {
      // Only scores are taken: who is promoted, failed or dropped is decided again.
      for (const { member, experiment, scores } of earlier.rows)
        if (scores.length > 0) note(member, { scores, experiment, state: 'tried' });
    },
    score: (member, score) => note(member, { scores: [...rowOf(member).scores, score] }),
    scoreOf,
    triedIn: (rung) => view.leaderboard.rows.flatMap(({ member }) => (scoreOf(member, rung) ? [member] : [])),
  };
}

function startOf({ ref, rungs, members }: SweepInput): Leaderboard {
  const rows = members.map((settings, at): LeaderboardRow => {
    const experiment = memberName(ref.name, { rungs }, at + 1, 1);
    return { member: at + 1, settings, state: 'waiting', experiment, scores: [] };
  });
  return { format: 'durable-byol-leaderboard/1', sweep: ref.name, plan: ref.plan, rungs, rung: 1, rows };
}
