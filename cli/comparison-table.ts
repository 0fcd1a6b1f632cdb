import Table from 'cli-table3';
import pc from 'picocolors';
import type { BudgetRow } from '../report/table';

const caption =
  'Accuracy on the test split: mean ± standard deviation over the seeds. Gain: fine-tuned minus supervised, seed by seed, in\n' +
  'points; an interval that includes 0 settles nothing.';

/** The comparison for a terminal: the report's own rows, drawn. */
export function comparisonTable(rows: readonly BudgetRow[]): string {
  const table = new Table({
    head: ['labels', 'supervised', 'BYOL, fine-tuned', 'gain', '95% interval', 'gain by seed'],
    colAligns: ['right', 'right', 'right', 'right', 'left', 'left'],
    style: { head: [], border: pc.isColorSupported ? ['dim'] : [] },
  });
  for (const { labels, supervised, fineTuned, gain, interval, gainBySeed } of rows)
    table.push([labels, supervised, fineTuned, gain, interval || 'one seed: none', gainBySeed]);
  return `${table.toString()}\n${pc.dim(caption)}`;
}
