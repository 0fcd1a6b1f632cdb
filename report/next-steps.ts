import type { Finding } from './findings/finding';
import type { ExperimentResults } from './results';
import type { BudgetStatistics } from './statistics';
import { learningSteps, searchSteps } from './steps/classifiers';
import { healthSteps, imageSteps, lengthSteps } from './steps/pretraining';
import { settlingSteps } from './steps/settling';
import type { NextStep } from './next-step';
import { toSettle } from './to-settle';

/**
 * What to try when the answer disappoints: it is not valid, not settled, or says that pretraining did not help. Likeliest
 * first: what makes training learn anything, then what settles the matter, then what may raise the gain; empty where
 * pretraining helped.
 * @param subject the label budget that the headline is about
 */
export function nextSteps(
  results: ExperimentResults,
  findings: readonly Finding[],
  subject: BudgetStatistics | undefined,
): NextStep[] {
  const invalid = findings.filter(({ level }) => level === 'invalid');
  if (invalid.length > 0) return invalid.some(({ about }) => about === 'pretraining') ? healthSteps(results) : [];
  if (!subject || subject.verdict === 'helped') return [];
  const health = findings.some(({ poorEncoder }) => poorEncoder) ? healthSteps(results) : [];
  const raising = [...lengthSteps(results), ...imageSteps(results)];
  switch (toSettle(subject).by) {
    case 'learning':
      return [...learningSteps(subject, results), ...health, ...raising];
    case 'larger-gain':
      return [...health, ...raising, ...settlingSteps(subject, results), ...searchSteps(results, findings)];
    default:
      return [...health, ...settlingSteps(subject, results), ...raising, ...searchSteps(results, findings)];
  }
}
