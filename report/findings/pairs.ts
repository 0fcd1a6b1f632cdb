import { arms } from '../../experiment/comparison';
import type { ComparisonResult } from '../results';
import { describe, type Finding } from './finding';

/** Whether the results can be set side by side, and are enough. */
export function pairFindings(comparisons: ComparisonResult[]): Finding[] {
  const findings: Finding[] = [];
  const there = new Set(comparisons.map((result) => `${result.arm} ${result.labels} ${result.seed}`));
  const present = arms.filter((arm) => comparisons.some((result) => result.arm === arm));
  const alone = comparisons.filter(
    ({ labels, seed }) => !present.every((arm) => there.has(`${arm} ${labels} ${seed}`)),
  );
  if (alone.length > 0)
    findings.push({
      level: 'warning',
      about: 'results',
      text: `Not every arm has a result beside ${alone.map(describe).join('; ')}. Differences are taken over the seeds that have both arms.`,
    });
  const paired = new Set(comparisons.map(({ labels, seed }) => `${labels} ${seed}`));
  const perBudget = [...new Set(comparisons.map(({ labels }) => labels))].map(
    (labels) => [...paired].filter((pair) => pair.startsWith(`${labels} `)).length,
  );
  if (perBudget.includes(2))
    findings.push({
      level: 'warning',
      about: 'results',
      text: 'Only 2 seeds: the interval rests on how far two gains happen to lie apart, so that "helped" and "not settled" can both be luck. Run at least 3.',
    });
  if (new Set(comparisons.map((result) => result.test.count)).size > 1)
    findings.push({
      level: 'invalid',
      about: 'results',
      text: 'The results were measured on test splits of different sizes, so that their accuracies cannot be compared.',
    });
  return findings;
}
