import type { ComparisonResult } from '../results';
import { budgetPhrase } from '../wording';

/** invalid: the comparison must not be read as an answer. warning: it can, with this in mind. */
export interface Finding {
  level: 'invalid' | 'warning';
  text: string;
  about: 'pretraining' | 'search' | 'augmentation' | 'results';
}

/** 'supervised with 50 labels, seed 11' */
export const describe = (result: ComparisonResult): string =>
  `${result.arm} with ${budgetPhrase(result.labels, result.labelCount)}, seed ${result.seed}`;
