import type { Arm, LabelBudget } from '../experiment/comparison';
import { standardError } from '../experiment/standard-error';
import { ReportError } from './report-error';
import type { ComparisonResult, ExperimentResults } from './results';
import { studentT } from './student-t';

export type PretrainedArm = Exclude<Arm, 'supervised'>;

/** Test accuracies (0..1) of one arm at one label budget, one value a seed. */
export interface ArmStatistics {
  seeds: { seed: number; accuracy: number }[];
  mean: number;
  /** Sample standard deviation (n - 1); null for a single seed. */
  std: number | null;
  min: number;
  max: number;
}

/** An arm minus supervised, seed by seed, on the 0..1 scale. */
export interface DifferenceStatistics {
  seeds: { seed: number; difference: number }[];
  mean: number;
  std: number | null;
  min: number;
  max: number;
  /** 95 % interval of the mean by the paired t with n - 1 degrees of freedom, within what accuracies can differ by; null for a single seed. */
  interval: [number, number] | null;
}

/** not-settled: fewer than three seeds, an interval (over seeds or over test images) that includes zero, or no spread to judge by. */
export type Verdict = 'helped' | 'hurt' | 'not-settled';

export interface BudgetStatistics {
  labels: LabelBudget;
  labelCount: number;
  /** An arm without any finished seed is null. */
  supervised: ArmStatistics | null;
  fineTuned: ArmStatistics | null;
  linearProbe: ArmStatistics | null;
  /** The arm that gain and verdict are of: fine-tuned, or the linear probe in an experiment that fine-tuned nothing. */
  pretrainedArm: PretrainedArm;
  pretrained: ArmStatistics | null;
  /** That arm minus supervised, over the seeds that both finished; null where there is none. */
  difference: DifferenceStatistics | null;
  /** Of the linear probe. */
  probeDifference: DifferenceStatistics | null;
  /** 95 % interval of the difference over the test images (paired.ts); null where the predictions are not known. */
  imageInterval: [number, number] | null;
  verdict: Verdict;
  /** Accuracy of always naming the class that the test split has most of. */
  chance: number;
  /** Accuracy from which an arm has learned something. */
  learned: number;
  /** No arm has: what is compared is noise, however many seeds tell it. */
  guessing: boolean;
  /**
   * Seeds in all with which four of five such experiments would have an interval over seeds without zero (80 % power) if
   * mean and spread are as they were seen; where the test images leave it open, those do not settle it alone; as many as there are where the seeds settle it already; null: none up to 100.
   */
  seedsToSettle: number | null;
}

const confidence = 0.95;
const power = 0.8;
const mostSeeds = 100;
/** Below it a spread is rounding of equal numbers: no interval can be built on it. */
const noSpread = 1e-9;
/** From two, an interval says little: it rests on how far two numbers happen to lie apart. */
export const fewestSeeds = 3;

/** Whether the differences vary at all: without that their interval is a point that nobody should believe. */
export const varies = ({ min, max }: { min: number; max: number }): boolean => max - min >= noSpread;

export const meanOf = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function deviationOf(values: number[]): number | null {
  if (values.length < 2) return null;
  const mean = meanOf(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}

function spreadOf(values: number[]): { mean: number; std: number | null; min: number; max: number } {
  return { mean: meanOf(values), std: deviationOf(values), min: Math.min(...values), max: Math.max(...values) };
}

const halfWidth = (std: number, n: number): number => (studentT(n - 1, confidence) * std) / Math.sqrt(n);

export function armStatistics(results: ComparisonResult[], arm: Arm): ArmStatistics | null {
  const seeds = results
    .filter((result) => result.arm === arm)
    .map((result) => ({ seed: result.seed, accuracy: result.test.accuracy }))
    .sort((a, b) => a.seed - b.seed);
  const twice = seeds.find((each, i) => each.seed === seeds[i + 1]?.seed);
  if (twice)
    throw new ReportError(
      `Seed ${twice.seed} of the arm '${arm}' stands twice among the results for one label budget; each seed, arm and ` +
        `budget may stand once. Gather each run's result.json once.`,
    );
  return seeds.length === 0 ? null : { seeds, ...spreadOf(seeds.map((each) => each.accuracy)) };
}

export function differenceStatistics(
  supervised: ArmStatistics | null,
  arm: ArmStatistics | null,
): DifferenceStatistics | null {
  const baseline = new Map(supervised?.seeds.map(({ seed, accuracy }) => [seed, accuracy]));
  const seeds = (arm?.seeds ?? []).flatMap(({ seed, accuracy }) => {
    const other = baseline.get(seed);
    return other === undefined ? [] : [{ seed, difference: accuracy - other }];
  });
  if (seeds.length === 0) return null;
  const spread = spreadOf(seeds.map((each) => each.difference));
  if (spread.std === null) return { seeds, ...spread, interval: null };
  const half = halfWidth(spread.std, seeds.length);
  return { seeds, ...spread, interval: [Math.max(-1, spread.mean - half), Math.min(1, spread.mean + half)] };
}

function verdictOf(difference: DifferenceStatistics | null, overImages: [number, number] | null): Verdict {
  if (!difference?.interval || difference.seeds.length < fewestSeeds || !varies(difference)) return 'not-settled';
  const low = Math.min(difference.interval[0], overImages?.[0] ?? Infinity);
  const high = Math.max(difference.interval[1], overImages?.[1] ?? -Infinity);
  if (low > 0) return 'helped';
  return high < 0 ? 'hurt' : 'not-settled';
}

/**
 * The usual approximation of the sample size of a paired t test (Chow, Shao & Wang 2008, Sample Size Calculations, 3.2.1,
 * with t in place of z); at most one seed beside the exact one by the noncentral t (test/reference/paired.py).
 */
function seedsToSettle(difference: DifferenceStatistics | null): number | null {
  if (!difference?.std || !varies(difference)) return null;
  const { std, mean, seeds } = difference;
  if (halfWidth(std, seeds.length) < Math.abs(mean)) return seeds.length;
  // The one-sided quantile of the power is the two-sided one of 2 power - 1.
  const needed = (n: number) => ((studentT(n - 1, confidence) + studentT(n - 1, 2 * power - 1)) * std) / Math.sqrt(n);
  for (let n = seeds.length + 1; n <= mostSeeds; n++) if (needed(n) <= Math.abs(mean)) return n;
  return null;
}

/** Whether another draw of as many test images could turn the sign: then seeds alone do not settle it. */
export const imagesLeaveOpen = ({ imageInterval }: Pick<BudgetStatistics, 'imageInterval'>): boolean =>
  imageInterval !== null && imageInterval[0] <= 0 && imageInterval[1] >= 0;

/** What the test images leave open of an arm's gain over the supervised one with the labels `against`. */
export const intervalOf = (
  imageIntervals: ExperimentResults['imageIntervals'],
  of: { labels: LabelBudget; arm: Arm; against: LabelBudget },
): ExperimentResults['imageIntervals'][number] | undefined =>
  imageIntervals.find(
    ({ labels, arm, against = labels }) => labels === of.labels && arm === of.arm && against === of.against,
  );

/** What the seeds say, for each label budget, fewest labels first. */
export function summarize(
  comparisons: ComparisonResult[],
  imageIntervals: ExperimentResults['imageIntervals'] = [],
): BudgetStatistics[] {
  const pretrainedArm: PretrainedArm = comparisons.some(({ arm }) => arm === 'fine-tuned')
    ? 'fine-tuned'
    : 'linear-probe';
  const byBudget = new Map<LabelBudget, ComparisonResult[]>();
  for (const result of comparisons) byBudget.set(result.labels, [...(byBudget.get(result.labels) ?? []), result]);
  return [...byBudget]
    .map(([labels, results]) => {
      const of = { labels, arm: pretrainedArm };
      const interval = intervalOf(imageIntervals, { ...of, against: of.labels })?.interval;
      return budgetStatistics(results, of, interval ?? null);
    })
    .sort((a, b) => a.labelCount - b.labelCount);
}

/** Accuracy beyond chance that says that an arm has learned something; with many classes half of chance is enough. */
const beyondGuessing = 0.05;

/** Accuracy of always naming the class that the test split has most of. */
export const chanceOf = ({ test }: ComparisonResult): number =>
  Math.max(0, ...test.perClass.map(({ count }) => count)) / test.count;

/** Accuracy from which an arm does better than always naming the most frequent class, and than luck with so few test images. */
function learnedFrom(result: ComparisonResult): number {
  const chance = chanceOf(result);
  return chance + Math.max(Math.min(beyondGuessing, chance / 2), 2 * standardError(chance, result.test.count));
}

function budgetStatistics(
  results: ComparisonResult[],
  of: { labels: LabelBudget; arm: PretrainedArm },
  imageInterval: [number, number] | null,
): BudgetStatistics {
  const supervised = armStatistics(results, 'supervised');
  const fineTuned = armStatistics(results, 'fine-tuned');
  const linearProbe = armStatistics(results, 'linear-probe');
  const pretrained = of.arm === 'fine-tuned' ? fineTuned : linearProbe;
  const difference = differenceStatistics(supervised, pretrained);
  const [chance, learned] = results[0] ? [chanceOf(results[0]), learnedFrom(results[0])] : [0, 0];
  const arms = [supervised, fineTuned, linearProbe].filter((arm) => arm !== null);
  return {
    labels: of.labels,
    labelCount: results[0]?.labelCount ?? 0,
    ...{ supervised, fineTuned, linearProbe, pretrainedArm: of.arm, pretrained, difference, imageInterval },
    probeDifference: differenceStatistics(supervised, linearProbe),
    verdict: verdictOf(difference, imageInterval),
    ...{ chance, learned, guessing: arms.every(({ mean }) => mean < learned) },
    seedsToSettle: seedsToSettle(difference),
  };
}
