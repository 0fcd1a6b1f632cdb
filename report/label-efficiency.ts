import type { ExperimentResults } from './results';
import {
  differenceStatistics,
  fewestSeeds,
  intervalOf,
  varies,
  type BudgetStatistics,
  type DifferenceStatistics,
} from './statistics';

/** better, worse: the intervals (over seeds and over test images) exclude zero; on-a-par: one holds zero and both rule out a loss that would matter. */
export type AcrossVerdict = 'better' | 'on-a-par' | 'worse' | 'not-settled';

/** A pretrained arm with fewer labels beside supervised training with more. */
export interface LabelEfficiency {
  few: BudgetStatistics;
  many: BudgetStatistics;
  /** Pretrained with few minus supervised with many, paired by seed, 0..1 scale. */
  difference: DifferenceStatistics;
  /** 95 % interval of the difference over the test images; null where the predictions are not known. */
  imageInterval: [number, number] | null;
  verdict: AcrossVerdict;
}

/** What more labels give the baseline; NaN where it was not run. */
const worthOfLabels = (few: BudgetStatistics, many: BudgetStatistics): number =>
  (many.supervised?.mean ?? NaN) - (few.supervised?.mean ?? NaN);

/** Of what the further labels give the baseline, the part that a loss must not reach where two are called on a par. */
const partThatMatters = 0.5;

/** The pretrained arm at each label budget beside the supervised one at each larger budget, over the seeds that both finished. */
export function acrossBudgets(
  budgets: BudgetStatistics[],
  imageIntervals: ExperimentResults['imageIntervals'] = [],
): LabelEfficiency[] {
  return budgets.flatMap((few) =>
    budgets.flatMap((many): LabelEfficiency[] => {
      if (many.labelCount <= few.labelCount) return [];
      const difference = differenceStatistics(many.supervised, few.pretrained);
      if (!difference) return [];
      const of = { labels: few.labels, arm: few.pretrainedArm, against: many.labels };
      const imageInterval = intervalOf(imageIntervals, of)?.interval ?? null;
      const pair = { few, many, difference, imageInterval };
      return [{ ...pair, verdict: acrossVerdict(pair) }];
    }),
  );
}

/**
 * On a par is a claim of its own, not the lack of a difference: as in trials of non-inferiority the interval has to rule out
 * that half of what the further labels give the baseline is lost (a margin that preserves half of the effect: US Food and
 * Drug Administration 2016, Non-Inferiority Clinical Trials to Establish Effectiveness), and the mean must not be below.
 */
function acrossVerdict({ few, many, difference, imageInterval }: Omit<LabelEfficiency, 'verdict'>): AcrossVerdict {
  if (!difference.interval || difference.seeds.length < fewestSeeds || !varies(difference)) return 'not-settled';
  const low = Math.min(difference.interval[0], imageInterval?.[0] ?? Infinity);
  const high = Math.max(difference.interval[1], imageInterval?.[1] ?? -Infinity);
  if (low > 0) return 'better';
  if (high < 0) return 'worse';
  const tolerable = -partThatMatters * worthOfLabels(few, many);
  return difference.mean >= 0 && low > tolerable ? 'on-a-par' : 'not-settled';
}

/**
 * The strongest honest saying of the kind 'BYOL with 50 labels does what supervised training does with 100': pretraining
 * helped with the fewer labels (its interval excludes zero), the interval of the difference across the budgets allows it, and
 * the further labels did help the supervised network. Of several, the largest ratio of labels, then the fewest labels.
 */
export function labelEfficiency(across: LabelEfficiency[]): LabelEfficiency | null {
  const ratio = ({ few, many }: LabelEfficiency) => many.labelCount / few.labelCount;
  return across
    .filter(({ few, many }) => few.verdict === 'helped' && worthOfLabels(few, many) > 0)
    .filter(({ verdict }) => verdict === 'better' || verdict === 'on-a-par')
    .reduce<LabelEfficiency | null>((best, each) => (!best || ratio(each) > ratio(best) ? each : best), null);
}
