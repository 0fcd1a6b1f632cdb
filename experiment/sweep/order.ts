import type { LeaderboardRow, Score } from './leaderboard';

/** Of the last rung that the member finished. */
export const lastScore = ({ scores }: LeaderboardRow): Score | undefined => scores.at(-1);

/** The winner, then by the rung reached, then by the score there, then as the grid has them; failed members last. */
export function inOrder(rows: readonly LeaderboardRow[]): LeaderboardRow[] {
  const place = (row: LeaderboardRow): number[] => [
    row.state === 'winner' ? 0 : 1,
    row.state === 'failed' ? 1 : 0,
    -(lastScore(row)?.rung ?? 0),
    -(lastScore(row)?.validationAccuracy ?? 0),
    row.member,
  ];
  return [...rows].sort((a, b) => {
    const [left, right] = [place(a), place(b)];
    return left.map((value, at) => value - (right[at] as number)).find((difference) => difference !== 0) ?? 0;
  });
}
