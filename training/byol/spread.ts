import { size, type Tensor } from '../graph/graph';
import { multiply, sqrt, square, subtract } from '../graph/ops/elementwise';
import { mean } from '../graph/ops/mean';
import { normalizeRows } from './loss';

/**
 * How far the projections spread over the sphere: the standard deviation of each coordinate of the normalized rows,
 * averaged over the coordinates, times sqrt(d). About 1 when healthy, 0 when the network collapsed to one point.
 *
 * @param projections [n, d] float32 -> scalar
 */
export function spread(projections: Tensor): Tensor {
  const rows = normalizeRows(projections);
  const variance = mean(square(subtract(rows, mean(rows, [0], true))), [0]);
  return multiply(mean(sqrt(variance), [0]), Math.sqrt(size(projections, 1)));
}
