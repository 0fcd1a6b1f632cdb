import type { Finding } from './findings/finding';
import type { ExperimentResults } from './results';
import type { BudgetStatistics } from './statistics';
import { learningSteps, searchSteps } from './steps/classifiers';
import { hasFewSteps, healthSteps, imageSteps, lengthSteps } from './steps/pretraining';
import { settlingSteps } from './steps/settling';
import type { NextStep } from './next-step';
import { toSettle } from './to-settle';

/**
 * What to try when the answer disappoints: it is not valid, not settled, or says that pretraining did not help. Likeliest
 * first: what makes training learn anything (a longer pretraining, where it was short), then what settles the matter, then what
 * may raise the gain; empty where pretraining helped.
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
  const longer = lengthSteps(results);
  // A few steps leave a poor encoder whatever the rate, and a larger batch would make fewer of them.
  const short = hasFewSteps(results);
  const health = !short && findings.some(({ poorEncoder }) => poorEncoder) ? healthSteps(results) : [];
  const raising = [...longer, ...imageSteps(results)];
  switch (toSettle(subject).by) {
    case 'learning':
      return [...learningSteps(subject, results), ...health, ...raising];
    case 'larger-gain':
      return [...health, ...raising, ...settlingSteps(subject, results), ...searchSteps(results, findings)];
    default: {
      // More seeds of an encoder that has hardly been trained tell more exactly what nobody wants to know.
      const first = short ? longer : [];
      const later = raising.filter((step) => !first.includes(step));
      return [...health, ...first, ...settlingSteps(subject, results), ...later, ...searchSteps(results, findings)];
    }
  }
}
