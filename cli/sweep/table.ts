import Table from 'cli-table3';
import pc from 'picocolors';
import { inOrder, lastScore } from '../../experiment/sweep/order';
import type { Leaderboard } from '../../experiment/sweep/leaderboard';
import { percent } from '../../experiment/percent';

const known = (accuracy: number | undefined): string => (accuracy === undefined ? '' : percent(accuracy));

const caption =
  'Accuracy on the validation split: mean over arms, seeds and label budgets, then by arm. Members of a later rung were\n' +
  'trained for longer and stand before those of an earlier one. The test split is looked at once, by the winner.';

/** The leaderboard for a terminal, the best member first. */
export function leaderboardTable({ rows }: Leaderboard): string {
  const arms = [...new Set(rows.flatMap((row) => row.scores.flatMap(({ byArm }) => Object.keys(byArm))))];
  const table = new Table({
    head: ['place', 'experiment', 'settings', 'state', 'rung', 'validation', ...arms],
    colAligns: ['right', 'left', 'left', 'left', 'right', 'right', ...arms.map(() => 'right' as const)],
    style: { head: [], border: pc.isColorSupported ? ['dim'] : [] },
  });
  inOrder(rows).forEach((row, at) => {
    const score = lastScore(row);
    const byArm: Record<string, number | undefined> = score?.byArm ?? {};
    const settings = row.settings.replaceAll(', ', '\n');
    const accuracies = [score?.validationAccuracy, ...arms.map((arm) => byArm[arm])].map(known);
    table.push([score ? at + 1 : '', row.experiment, settings, row.state, score?.rung ?? '', ...accuracies]);
  });
  const failures = rows.flatMap(({ experiment, failure }) =>
    failure === undefined ? [] : [`${pc.yellow('!')} ${experiment}: ${failure}`],
  );
  return [table.toString(), pc.dim(caption), ...failures].join('\n');
}
