import { size, type Tensor } from '../graph';
import { multiply } from './elementwise';
import { sum } from './reduction';

/** Mean over axes of known size. */
export function mean(x: Tensor, axes: readonly number[], keep = false): Tensor {
  const count = axes.reduce((product, axis) => product * size(x, axis), 1);
  return multiply(sum(x, axes, keep), 1 / count);
}
