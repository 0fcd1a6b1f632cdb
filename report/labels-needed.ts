import type { ArmStatistics, BudgetStatistics } from './statistics';
import { aboutLabels, whole } from './wording';

/** Labels at which the baseline reaches an accuracy, or on which side of the budgets that were run they lie. */
export type LabelsNeeded = number | 'fewer' | 'more';

/** What the baseline would need for what a pretrained arm does at one label budget. */
export interface Equivalence {
  budget: BudgetStatistics;
  /** On the means over the seeds. */
  needed: LabelsNeeded;
  /** Seed by seed, each by its own baseline; seeds without a result at every budget are left out. */
  bySeed: LabelsNeeded[];
}

type Curve = [labels: number, accuracy: number][];

/**
 * Fewest labels at which the supervised curve reaches `accuracy`, between the budgets linear in the logarithm of the
 * labels; never beyond them.
 *
 * @param curve by labels, fewest first
 */
export function labelsFor(curve: Curve, accuracy: number): LabelsNeeded {
  const above = curve.findIndex(([, value]) => value >= accuracy);
  const [high, low] = [curve[above], curve[above - 1]];
  if (!high) return 'more';
  if (!low) return high[1] === accuracy ? high[0] : 'fewer';
  const share = (accuracy - low[1]) / (high[1] - low[1]);
  return Math.exp(Math.log(low[0]) + share * (Math.log(high[0]) - Math.log(low[0])));
}

/** For each label budget what it is worth in labels of the baseline; empty for fewer than two budgets with both arms. */
export function equivalences(budgets: BudgetStatistics[]): Equivalence[] {
  const known = budgets.filter(({ supervised }) => supervised !== null);
  if (known.length < 2) return [];
  const curveBy = (of: (arm: ArmStatistics) => number | undefined): Curve =>
    known.flatMap(({ labelCount, supervised }) => {
      const accuracy = supervised ? of(supervised) : undefined;
      return accuracy === undefined ? [] : [[labelCount, accuracy] satisfies [number, number]];
    });
  const means = curveBy((arm) => arm.mean);
  return budgets.flatMap((budget) => {
    if (!budget.pretrained) return [];
    const bySeed = budget.pretrained.seeds.flatMap(({ seed, accuracy }) => {
      const own = curveBy((arm) => arm.seeds.find((each) => each.seed === seed)?.accuracy);
      return own.length === known.length ? [labelsFor(own, accuracy)] : [];
    });
    return [{ budget, needed: labelsFor(means, budget.pretrained.mean), bySeed }];
  });
}

/** 'about 85', 'fewer than 50', 'more than 100'. */
export function neededWords(needed: LabelsNeeded, budgets: BudgetStatistics[]): string {
  const counts = budgets.flatMap(({ supervised, labelCount }) => (supervised ? [labelCount] : []));
  if (needed === 'fewer') return `fewer than ${whole(Math.min(...counts))}`;
  return needed === 'more' ? `more than ${whole(Math.max(...counts))}` : aboutLabels(needed);
}

const orderOf = (needed: LabelsNeeded): number =>
  needed === 'fewer' ? -Infinity : needed === 'more' ? Infinity : needed;

/** 'about 60 to 90': from the seed that needs the fewest to the one that needs the most; 'one seed'. */
export function neededRange({ bySeed }: Equivalence, budgets: BudgetStatistics[]): string {
  const sorted = [...bySeed].sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
  const [low, high] = [sorted[0], sorted[sorted.length - 1]].map((each) =>
    each === undefined ? '' : neededWords(each, budgets),
  );
  if (!low || !high || bySeed.length < 2) return 'one seed';
  return low === high ? low : `${low} to ${high.replace('about ', '')}`;
}
