import type { Node, Tensor } from '../graph/graph';
import type { Variable } from '../graph/ops/variable';
import type { Optimizer } from '../../experiment/spec';
import { adam } from './adam';
import { sgd } from './sgd';

/** What an update is told besides the gradient; float32 scalars. */
export interface UpdateInputs {
  learningRate: Tensor;
  /** Number of this optimizer step, from 1. */
  step: Tensor;
}

/** One rule for all weights: its slots (state of the weight's shape, zero at first) and its update. */
export interface UpdateRule {
  readonly slots: readonly string[];
  /** Updates a weight in place after `control` ran. `slots` are in the order of the names above. */
  update(
    weight: Variable,
    slots: readonly Variable[],
    gradient: Tensor,
    inputs: UpdateInputs,
    control: readonly Node[],
  ): Node;
}

/** The rule that a spec names. */
export const updateRule = (optimizer: Optimizer): UpdateRule =>
  optimizer.name === 'adam' ? adam(optimizer) : sgd(optimizer);

/** The variable that holds a weight's slot. */
export const slotOf = (slot: string, weight: Variable): Variable => ({ ...weight, name: `${slot}.${weight.name}` });
