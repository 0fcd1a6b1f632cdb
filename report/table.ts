import { gainWords } from './headline';
import type { Arm } from '../experiment/comparison';
import type { ArmStatistics, BudgetStatistics } from './statistics';
import { budgetShort, percent, points, pointsRange } from './wording';

/** One row of the comparison in words, for a Markdown table. */
export interface TableRow {
  labels: string;
  arm: Arm;
  mean: string;
  /** Standard deviation over the seeds, in points; '' for one seed. */
  std: string;
  /** '1: 91.7%, 2: 91.6%' */
  seeds: string;
  /** On the fine-tuned row: '+3.3 points (95% interval ...)'; '' on the other. */
  gain: string;
}

/** A label budget in one row of words, for a terminal. */
export interface BudgetRow {
  labels: string;
  /** '80.8% ± 3.5': mean and standard deviation over the seeds. */
  supervised: string;
  fineTuned: string;
  /** Points, fine-tuned minus supervised. */
  gain: string;
  /** 95 % interval of the gain; '' for one seed. */
  interval: string;
  gainBySeed: string;
}

const meanAndDeviation = (arm: ArmStatistics | null): string =>
  arm ? `${percent(arm.mean)}${arm.std === null ? '' : ` ± ${deviation(arm.std)}`}` : '';

/** One row for each label budget. */
export const budgetRows = (budgets: BudgetStatistics[]): BudgetRow[] =>
  budgets.map(({ labels, labelCount, supervised, fineTuned, difference }) => ({
    labels: budgetShort(labels, labelCount),
    supervised: meanAndDeviation(supervised),
    fineTuned: meanAndDeviation(fineTuned),
    gain: difference ? points(difference.mean) : '',
    interval: difference?.interval ? pointsRange(difference.interval) : '',
    gainBySeed: difference ? difference.seeds.map((each) => points(each.difference)).join(' ') : '',
  }));

const rowOf = (budget: BudgetStatistics, arm: Arm, statistics: ArmStatistics): TableRow => ({
  labels: budgetShort(budget.labels, budget.labelCount),
  arm,
  mean: percent(statistics.mean),
  std: deviation(statistics.std),
  seeds: statistics.seeds.map(({ seed, accuracy }) => `${seed}: ${percent(accuracy)}`).join(', '),
  gain: arm === 'fine-tuned' && budget.difference ? gainWords(budget.difference) : '',
});

/** A standard deviation of accuracies in points: '0.7'. */
export const deviation = (std: number | null): string => (std === null ? '' : (std * 100).toFixed(1));

/** Two rows for each label budget, the supervised arm first; an arm without a result has none. */
export const tableOf = (budgets: BudgetStatistics[]): TableRow[] =>
  budgets.flatMap((budget) => [
    ...(budget.supervised ? [rowOf(budget, 'supervised', budget.supervised)] : []),
    ...(budget.fineTuned ? [rowOf(budget, 'fine-tuned', budget.fineTuned)] : []),
  ]);
