import type { Tensor } from '../graph/graph';
import { add, cast, multiply, rsqrt, scalar, square, stopGradient, subtract } from '../graph/ops/elementwise';
import { mean } from '../graph/ops/mean';
import { sum } from '../graph/ops/reduction';

/** Rows divided by their Euclidean norm. @param x [N, d] */
export function normalizeRows(x: Tensor): Tensor {
  const squares = sum(square(x), [1], true);
  return multiply(x, rsqrt(add(squares, 1e-12)));
}

/**
 * Equation 2 of BYOL (arXiv 2006.07733) for one direction: 2 - 2 cos(prediction, target), the mean over the batch.
 * No gradient flows to the target.
 *
 * @param prediction [N, d], of the online network's predictor
 * @param projection [N, d], of the target network
 */
export function byolLoss(prediction: Tensor, projection: Tensor): Tensor {
  const q = normalizeRows(cast(prediction, 'float32'));
  const z = stopGradient(normalizeRows(cast(projection, 'float32')));
  const cosine = sum(multiply(q, z), [1]);
  return mean(subtract(scalar(cosine, 2), multiply(cosine, 2)), [0]);
}
