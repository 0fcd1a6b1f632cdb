import type { Optimizer } from '../../experiment/optimizers';
import type { Node, Tensor } from '../graph/graph';
import { add, multiply } from '../graph/ops/elementwise';
import { assignSubtract, read } from '../graph/ops/variable';
import type { TrainedWeight } from './optimizer';

/** Whether the settings leave this parameter out of weight decay (and LARS of its adaptation). */
export const isExcluded = ({ role }: TrainedWeight, { exclude = [] }: Pick<Optimizer, 'exclude'>): boolean =>
  (role === 'bias' && exclude.includes('biases')) || (role === 'batch-norm' && exclude.includes('batch-norm'));

/** The weight decay that the settings ask for this parameter. */
const decayOf = (weight: TrainedWeight, settings: Pick<Optimizer, 'exclude' | 'weightDecay'>): number =>
  isExcluded(weight, settings) ? 0 : settings.weightDecay;

/** L2 regularization: the gradient of decay / 2 * |weight|^2 is added, as torch's optimizers do. */
export function withWeightDecay(
  gradient: Tensor,
  weight: TrainedWeight,
  settings: Pick<Optimizer, 'exclude' | 'weightDecay'>,
): Tensor {
  const decay = decayOf(weight, settings);
  return decay === 0 ? gradient : add(gradient, multiply(read(gradient.node.graph, weight), decay));
}

/**
 * Decoupled weight decay (Loshchilov and Hutter 2019, algorithm 2): weight <- weight - rate * decay * weight, before the
 * optimizer's step, as torch.optim.AdamW.
 *
 * @returns what the step has to wait for
 */
export function decayWeight(
  weight: TrainedWeight,
  settings: Pick<Optimizer, 'exclude' | 'weightDecay'>,
  learningRate: Tensor,
  control: readonly Node[],
): readonly Node[] {
  const decay = decayOf(weight, settings);
  if (decay === 0) return control;
  const value = read(learningRate.node.graph, weight);
  return [assignSubtract(weight, multiply(value, multiply(learningRate, decay)), control)];
}
