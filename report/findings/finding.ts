import type { Arm } from '../../experiment/comparison';
import type { Setting } from '../../experiment/search-grid';
import type { ComparisonResult } from '../results';
import type { NextStep } from '../next-step';
import { budgetPhrase } from '../wording';

/** invalid: the comparison must not be read as an answer. warning: it can, with this in mind. */
export interface Finding {
  level: 'invalid' | 'warning';
  text: string;
  about: 'pretraining' | 'search' | 'augmentation' | 'results';
  /** What pretraining left is no better than chance, or worse than it was on the way. */
  poorEncoder?: true;
  /** The end of the search's list at which an arm's best setting lay. */
  edge?: { arm: Arm; axis: keyof Setting; end: 'lowest' | 'highest' };
  /** What to change, where that follows from the finding alone. */
  mend?: NextStep;
}

/** 'supervised with 50 labels, seed 11' */
export const describe = (result: ComparisonResult): string =>
  `${result.arm} with ${budgetPhrase(result.labels, result.labelCount)}, seed ${result.seed}`;
