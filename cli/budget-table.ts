import Table from 'cli-table3';
import pc from 'picocolors';
import type { BudgetRow } from '../report/budget-rows';

const caption = (arm: string): string =>
  `Accuracy on the test split: mean ± standard deviation over the seeds. Gain: ${arm} minus supervised, seed by seed, in\n` +
  'points; an interval that includes 0 settles nothing.';

/** The comparison for a terminal, by budget of labels. Arms that were not run have no column. */
export function budgetTable(rows: readonly BudgetRow[]): string {
  const arms = (
    [
      ['supervised', 'supervised'],
      ['linearProbe', 'BYOL, linear probe'],
      ['fineTuned', 'BYOL, fine-tuned'],
    ] as const
  ).filter(([key]) => rows.some((row) => row[key]));
  const table = new Table({
    head: ['labels', ...arms.map(([, name]) => name), 'gain', '95% interval', 'gain by seed'],
    colAligns: ['right', ...arms.map(() => 'right' as const), 'right', 'left', 'left'],
    style: { head: [], border: pc.isColorSupported ? ['dim'] : [] },
  });
  for (const row of rows)
    table.push([
      row.labels,
      ...arms.map(([key]) => row[key] ?? ''),
      ...[row.gain, row.interval || 'one seed: none', row.gainBySeed],
    ]);
  const tuned = rows.some(({ fineTuned }) => fineTuned !== '');
  return `${table.toString()}\n${pc.dim(caption(tuned || rows.length === 0 ? 'fine-tuned' : 'linear probe'))}`;
}
