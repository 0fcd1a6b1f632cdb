import type { ArmStatistics, BudgetStatistics } from './statistics';

/** A pretrained encoder that reaches, with fewer labels, what supervised training reaches with more. */
export interface LabelEfficiency {
  few: BudgetStatistics;
  many: BudgetStatistics;
}

/**
 * The strongest honest saying of the kind 'BYOL with 50 labels does what supervised training does with 100': pretraining
 * helped with the fewer labels (its interval excludes zero), its mean is at least the supervised mean with more labels, and
 * those labels did help the supervised network. Of several, the largest ratio of labels, then the fewest labels.
 */
export function labelEfficiency(budgets: BudgetStatistics[]): LabelEfficiency | null {
  let best: LabelEfficiency | null = null;
  for (const few of budgets)
    for (const many of budgets) {
      if (few.verdict !== 'helped' || !few.pretrained || !few.supervised || !many.supervised) continue;
      if (many.labelCount <= few.labelCount || many.supervised.seeds.length < 2) continue;
      if (few.pretrained.mean < many.supervised.mean || many.supervised.mean <= few.supervised.mean) continue;
      const ratio = (pair: LabelEfficiency) => pair.many.labelCount / pair.few.labelCount;
      if (!best || ratio({ few, many }) > ratio(best)) best = { few, many };
    }
  return best;
}

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
