import { first, type Tensor } from '../graph/graph';
import { addN, add, divide, minimum, multiply, scalar, sqrt } from '../graph/ops/elementwise';

/** Half of the sum of squares: scalar. One pass over the values, without a copy of their squares. */
const halfSquares = (x: Tensor): Tensor =>
  first(
    x.node.graph.add('L2Loss', [x], {
      attributes: { T: { type: x.dtype } },
      outputs: [{ slot: 'output', dtype: x.dtype, shape: [] }],
    }),
  );

/** The Euclidean norm of all values of the tensors together: float32 scalar. */
export function globalNorm(tensors: readonly Tensor[]): Tensor {
  const halves = tensors.map(halfSquares);
  return sqrt(multiply(addN(halves), 2));
}

/**
 * Gradients scaled by one factor so that their norm together is at most `limit`; smaller ones stay as they are
 * (Pascanu et al. 2013, algorithm 1; torch.nn.utils.clip_grad_norm_, whose 1e-6 beside the norm this has too).
 */
export function clipByGlobalNorm(gradients: readonly Tensor[], limit: number): Tensor[] {
  const norm = globalNorm(gradients);
  const factor = minimum(divide(scalar(norm, limit), add(norm, 1e-6)), 1);
  return gradients.map((gradient) => multiply(gradient, factor));
}
