import { meanAndDeviation } from './tables';
import type { BudgetStatistics } from './statistics';
import { budgetShort, points, pointsRange } from './wording';

/** A label budget in one row of words, for a terminal. */
export interface BudgetRow {
  labels: string;
  /** '80.8% ± 3.5': mean and standard deviation over the seeds. */
  supervised: string;
  /** '' where the arm was not run; left out by older reports. */
  linearProbe?: string;
  /** '' where the arm was not run. */
  fineTuned: string;
  /** Points, fine-tuned (or, without it, linear probe) minus supervised. */
  gain: string;
  /** 95 % interval of the gain; '' for one seed. */
  interval: string;
  gainBySeed: string;
}

/** One row for each label budget. */
export const budgetRows = (budgets: BudgetStatistics[]): BudgetRow[] =>
  budgets.map(({ labels, labelCount, supervised, linearProbe, fineTuned, difference }) => ({
    labels: budgetShort(labels, labelCount),
    supervised: meanAndDeviation(supervised),
    linearProbe: meanAndDeviation(linearProbe),
    fineTuned: meanAndDeviation(fineTuned),
    gain: difference ? points(difference.mean) : '',
    interval: difference?.interval ? pointsRange(difference.interval) : '',
    gainBySeed: difference ? difference.seeds.map((each) => points(each.difference)).join(' ') : '',
  }));
