import { inOrder, lastScore } from '../experiment/sweep/order';
import type { LeaderboardRow } from '../experiment/sweep/leaderboard';
import { percent } from '../experiment/percent';
import type { SweepView } from './sweep-board';

/** A bar would end the cell. */
const cell = (text: string): string => text.replaceAll('|', '\\|');

function row(each: LeaderboardRow, at: number): string {
  const score = lastScore(each);
  const byArm = Object.entries(score?.byArm ?? {}).map(([arm, accuracy]) => `${arm} ${percent(accuracy)}`);
  const cells = [
    score ? at + 1 : '',
    each.experiment,
    cell(each.settings),
    each.state,
    score?.rung ?? '',
    score ? percent(score.validationAccuracy) : '',
    byArm.join(', '),
    cell(each.failure ?? ''),
  ];
  return `| ${cells.join(' | ')} |`;
}

/** The leaderboard for the Temporal UI: Markdown without HTML or images. */
export function leaderboardTable({ status, leaderboard: { rungs, rung, rows, winner }, failure }: SweepView): string {
  const tried = rows.filter(({ state }) => state !== 'waiting' && state !== 'running').length;
  return [
    `**${status}**: rung ${rung} of ${rungs}; ${tried} of ${rows.length} members tried`,
    ...(failure === undefined ? [] : ['', `**Why:** ${failure}`]),
    ...(winner ? ['', `**${winner.experiment} wins.** ${winner.headline}`, '', `Report: \`${winner.report}\``] : []),
    '',
    '| place | experiment | settings | state | rung | validation accuracy | by arm | |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...inOrder(rows).map(row),
    '',
    'Accuracies are means over seeds and label budgets on the validation split; the test split is looked at once, by the winner.',
  ].join('\n');
}
