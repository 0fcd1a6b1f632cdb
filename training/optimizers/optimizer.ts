import type { Node, Tensor } from '../graph/graph';
import type { Variable } from '../graph/ops/variable';
import type { Optimizer } from '../../experiment/optimizers';
import type { Parameter } from '../model/parameters';
import { adam } from './adam';
import { lars } from './lars';
import { sgd } from './sgd';

/** What is trained: a parameter of a network, whose role says whether exclusions are meant for it. */
export type TrainedWeight = Pick<Parameter, 'name' | 'dtype' | 'shape' | 'role'>;

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
    weight: TrainedWeight,
    slots: readonly Variable[],
    gradient: Tensor,
    inputs: UpdateInputs,
    control: readonly Node[],
  ): Node;
  /** Largest norm of all gradients together; they are scaled down to it before the update. */
  readonly clip?: number | undefined;
}

/** The rule that a spec names. */
export const updateRule = (optimizer: Optimizer): UpdateRule => ({ ...ruleOf(optimizer), clip: optimizer.clip });

function ruleOf(optimizer: Optimizer): UpdateRule {
  switch (optimizer.name) {
    case 'adam':
    case 'adamw':
      return adam(optimizer);
    case 'sgd':
      return sgd(optimizer);
    case 'lars':
      return lars(optimizer);
  }
}

/** The variable that holds a weight's slot. */
export const slotOf = (slot: string, { name, dtype, shape }: Variable): Variable => ({
  name: `${slot}.${name}`,
  dtype,
  shape,
});
