import { first, type Tensor } from '../graph';
import { int32s } from './constant';
import { broadcastTo, reshape } from './array';

function reduce(op: 'Sum' | 'All', x: Tensor, axes: readonly number[], keep: boolean): Tensor {
  const positive = axes.map((axis) => (axis < 0 ? axis + x.shape.length : axis));
  const shape = x.shape.flatMap((length, axis) => (positive.includes(axis) ? (keep ? [1] : []) : [length]));
  return first(
    x.node.graph.add(op, [x, int32s(x.node.graph, positive)], {
      attributes: {
        ...(op === 'Sum' ? { T: { type: x.dtype } } : {}),
        Tidx: { type: 'int32' },
        keep_dims: { bool: keep },
      },
      outputs: [{ slot: 'output', dtype: x.dtype, shape }],
    }),
  );
}

/** The shape with the reduced dimensions kept as 1. */
const kept = (x: Tensor, axes: readonly number[]): number[] =>
  x.shape.map((length, axis) => (axes.includes(axis) || axes.includes(axis - x.shape.length) ? 1 : length));

/** Sum over axes; `keep` leaves dimensions of size 1 in their place. */
export function sum(x: Tensor, axes: readonly number[], keep = false): Tensor {
  const y = reduce('Sum', x, axes, keep);
  y.node.gradient = ([dy]) => [dy ? broadcastTo(reshape(dy, kept(x, axes)), x.shape) : null, null];
  return y;
}

/** Whether all of a bool tensor's values are true: scalar. */
export const all = (x: Tensor): Tensor =>
  reduce(
    'All',
    x,
    x.shape.map((_, axis) => axis),
    false,
  );
