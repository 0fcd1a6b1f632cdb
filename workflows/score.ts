import type { Arm } from '../experiment/comparison';
import type { ComparisonSummary } from './classifier';

/** On the validation split, 0..1, over all comparisons. JSON has no NaN: an accuracy that is no number counts as 0. */
export const meanAccuracy = (comparisons: readonly Pick<ComparisonSummary, 'validationAccuracy'>[]): number =>
  comparisons.reduce((sum, { validationAccuracy }) => sum + (validationAccuracy || 0), 0) /
  Math.max(1, comparisons.length);

/** The same for each arm. */
export function accuracyByArm(comparisons: readonly ComparisonSummary[]): Partial<Record<Arm, number>> {
  const arms = [...new Set(comparisons.map(({ arm }) => arm))];
  return Object.fromEntries(arms.map((arm) => [arm, meanAccuracy(comparisons.filter((each) => each.arm === arm))]));
}
