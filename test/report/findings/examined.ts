import { examine } from '../../../report/findings/examine';
import type { ExperimentResults } from '../../../report/results';
import { sampleResults } from '../sample-results';

export const invalid = (results: ExperimentResults): string[] =>
  examine(results)
    .filter((finding) => finding.level === 'invalid')
    .map((finding) => finding.text);
export const warnings = (results: ExperimentResults): string =>
  examine(results)
    .filter((finding) => finding.level === 'warning')
    .map((finding) => finding.text)
    .join('\n');

/** The sample with other settings of the classifier. */
export const withClassifier = (classifier: Partial<ExperimentResults['spec']['classifier']>): ExperimentResults => {
  const results = sampleResults();
  return { ...results, spec: { ...results.spec, classifier: { ...results.spec.classifier, ...classifier } } };
};
export const blur = { op: 'gaussian-blur' as const, p: 0.5, kernel: 3, sigma: [0.1, 2] as [number, number] };
