import type { ExperimentSpec } from './resolve';
import { epochsOf } from './search-grid';

const counted = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;

/**
 * Why a stage has as many epochs as it has: `6 epochs x 3 seeds` for pretraining, `4 learning rates x 60 epochs x 2 label
 * counts x 3 seeds` for an arm's classifiers. An epoch is one pass over the stage's images; of few labels several, until it has `minStepsPerEpoch`.
 */
export function epochCounts(spec: ExperimentSpec): { pretraining: string; classifiers: string } {
  const seeds = counted(spec.seeds.length, 'seed');
  const lengths = epochsOf(spec.classifier);
  const epochs = lengths.length === 1 ? counted(lengths[0] as number, 'epoch') : `(${lengths.join(' + ')}) epochs`;
  const rates = counted(spec.classifier.learningRates.length, 'learning rate');
  return {
    pretraining: `${counted(spec.pretraining.epochs, 'epoch')} x ${seeds}`,
    classifiers: `${rates} x ${epochs} x ${counted(spec.labels.length, 'label count')} x ${seeds}`,
  };
}
