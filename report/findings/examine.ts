import type { ExperimentResults } from '../results';
import { augmentationFindings } from './augmentation';
import type { Finding } from './finding';
import { pairFindings } from './pairs';
import { pretrainingFindings } from './pretraining';
import { edgeFindings, lengthFindings, searchFindings, validationFindings } from './search';

/** What a reader must know before believing the comparison: the worst first, empty when nothing was found. */
export function examine(results: ExperimentResults): Finding[] {
  const { comparisons } = results;
  const findings = [
    ...pretrainingFindings(results),
    ...searchFindings(comparisons),
    ...pairFindings(comparisons),
    ...augmentationFindings(results),
    ...edgeFindings(comparisons),
    ...lengthFindings(results),
    ...validationFindings(results),
  ];
  return [
    ...findings.filter((each) => each.level === 'invalid'),
    ...findings.filter((each) => each.level === 'warning'),
  ];
}
