import type { ComparisonResult } from '../results';
import { describe, type Finding } from './finding';

/** Classifiers whose training diverged with every setting: the best of those is not a result. */
export function divergedFindings(comparisons: ComparisonResult[]): Finding[] {
  const [first, ...more] = comparisons.filter(({ search }) =>
    search.every(({ validationLoss }) => !Number.isFinite(validationLoss)),
  );
  if (!first) return [];
  return [
    {
      level: 'invalid',
      about: 'results',
      text: `Training diverged with every setting that was tried for ${describe(first)}${more.length > 0 ? ` (and ${more.length} more)` : ''}: its loss is no finite number, and its accuracy says nothing. Give classifier.learningRates lower values, or classifier.schedule.warmup.`,
    },
  ];
}
