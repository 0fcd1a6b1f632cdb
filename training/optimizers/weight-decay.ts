import type { Tensor } from '../graph/graph';
import { add, multiply } from '../graph/ops/elementwise';
import { read, type Variable } from '../graph/ops/variable';

/** L2 regularization: the gradient of decay / 2 * |weight|^2 is added, as torch's optimizers do. */
export const withWeightDecay = (gradient: Tensor, weight: Variable, decay: number): Tensor =>
  decay === 0 ? gradient : add(gradient, multiply(read(gradient.node.graph, weight), decay));
