import type { ExperimentResults } from '../results';
import { augmentationFindings } from './augmentation';
import type { Finding } from './finding';
import { divergedFindings } from './diverged';
import { guessingFindings, leakageFindings, lostArmFindings, pairFindings } from './pairs';
import { encoderFindings } from './encoder';
import { pretrainingFindings } from './pretraining';
import { edgeFindings, fewRatesFindings, lengthFindings, searchFindings, stepsFindings, sweepFindings } from './search';
import { fewValidationFindings, validationFindings } from './validation';

/** What a reader must know before believing the comparison: the worst first, empty when nothing was found. */
export function examine(results: ExperimentResults): Finding[] {
  const { comparisons } = results;
  const findings = [
    ...pretrainingFindings(results),
    ...searchFindings(comparisons),
    ...divergedFindings(comparisons),
    ...pairFindings(comparisons),
    ...guessingFindings(comparisons),
    ...lostArmFindings(comparisons),
    ...encoderFindings(results),
    ...fewValidationFindings(results),
    ...leakageFindings(results),
    ...sweepFindings(results),
    ...stepsFindings(results),
    ...augmentationFindings(results),
    ...edgeFindings(comparisons),
    ...fewRatesFindings(results),
    ...lengthFindings(results),
    ...validationFindings(results),
  ];
  return [
    ...findings.filter((each) => each.level === 'invalid'),
    ...findings.filter((each) => each.level === 'warning'),
  ];
}
