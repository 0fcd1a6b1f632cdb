import Table from 'cli-table3';
import pc from 'picocolors';
import type { Comparison } from '../workflows/classifier';

const percent = (fraction: number) => (100 * fraction).toFixed(1);
const signed = (points: number) => `${points >= 0 ? '+' : ''}${points.toFixed(1)}`;

/** Mean and sample standard deviation; the latter is undefined for a single value. */
export function meanAndSpread(values: readonly number[]): { mean: number; spread: number | undefined } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  if (values.length < 2) return { mean, spread: undefined };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, spread: Math.sqrt(squares / (values.length - 1)) };
}

export interface Row {
  labels: number | 'all';
  /** Accuracies on the test split, 0..1, by seed in the order of the seeds. */
  supervised: number[];
  fineTuned: number[];
  /** Fine-tuned minus supervised of the same seed, in points (percent). */
  gains: number[];
}

/** The comparisons of a result, a row for each label budget; seeds that lack one arm are left out. */
export function comparisonRows(comparisons: readonly Comparison[]): Row[] {
  const accuracy = (labels: number | 'all', seed: number, arm: Comparison['arm']) =>
    comparisons.find((each) => each.labels === labels && each.seed === seed && each.arm === arm)?.test.accuracy;
  return [...new Set(comparisons.map(({ labels }) => labels))].map((labels) => {
    const seeds = [...new Set(comparisons.filter((each) => each.labels === labels).map(({ seed }) => seed))];
    const pairs = seeds
      .sort((a, b) => a - b)
      .flatMap((seed) => {
        const [supervised, fineTuned] = [accuracy(labels, seed, 'supervised'), accuracy(labels, seed, 'fine-tuned')];
        return supervised === undefined || fineTuned === undefined ? [] : [{ supervised, fineTuned }];
      });
    return {
      labels,
      supervised: pairs.map((pair) => pair.supervised),
      fineTuned: pairs.map((pair) => pair.fineTuned),
      gains: pairs.map((pair) => 100 * (pair.fineTuned - pair.supervised)),
    };
  });
}

const withSpread = (values: readonly number[], show: (value: number) => string, scale: number): string => {
  if (values.length === 0) return '';
  const { mean, spread } = meanAndSpread(values);
  return `${show(mean)}${spread === undefined ? '' : ` ± ${(scale * spread).toFixed(1)}`}`;
};

/** The comparison as a table for a terminal: accuracy on the test split in percent, mean ± standard deviation over seeds. */
export function comparisonTable(comparisons: readonly Comparison[]): string {
  const table = new Table({
    head: ['labels', 'supervised %', 'BYOL, fine-tuned %', 'gain, points', 'gain by seed'],
    colAligns: ['right', 'right', 'right', 'right', 'left'],
    style: { head: [], border: pc.isColorSupported ? ['dim'] : [] },
  });
  for (const { labels, supervised, fineTuned, gains } of comparisonRows(comparisons))
    table.push([
      String(labels),
      withSpread(supervised, percent, 100),
      withSpread(fineTuned, percent, 100),
      withSpread(gains, signed, 1),
      gains.map(signed).join(' '),
    ]);
  return `${table.toString()}\n${pc.dim('Accuracy on the test split, mean ± standard deviation over the seeds.')}`;
}
