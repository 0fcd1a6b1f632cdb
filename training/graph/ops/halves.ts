import { first, type Tensor } from '../graph';
import { concat, gather, shapeOf, stack } from './array';
import { constant } from './constant';
import { add, floorDivide, subtract } from './elementwise';

/**
 * Computes both halves of a batch side by side, where a row's result does not depend on the rows beside it: one chain of
 * layers alone keeps one of TensorFlow's inter-op threads busy.
 *
 * @param x at least one row
 * @param compute one result a row
 */
export function inHalves(x: Tensor, compute: (rows: Tensor) => Tensor): Tensor {
  const zero = constant(x.node.graph, 'int32', [0]);
  const count = gather(shapeOf(x), zero, 0);
  // An odd row in the middle is in both halves, so that none is empty, and is dropped from the second.
  const half = floorDivide(add(count, 1), 2);
  const start = subtract(count, half);
  const second = compute(rowsFrom(x, start, half));
  return concat([compute(rowsFrom(x, zero, half)), rowsFrom(second, subtract(half, start), start)], 0);
}

/** `count` rows from a place on; both int32 scalars. */
function rowsFrom(x: Tensor, from: Tensor, count: Tensor): Tensor {
  const { graph } = x.node;
  const rest = x.shape.slice(1);
  const vector = (head: Tensor, others: readonly number[]) =>
    stack([head, ...others.map((value) => constant(graph, 'int32', [value]))], 0);
  const places = [
    vector(
      from,
      rest.map(() => 0),
    ),
    vector(count, rest),
  ];
  return first(
    graph.add('Slice', [x, ...places], {
      attributes: { T: { type: x.dtype }, Index: { type: 'int32' } },
      outputs: [{ slot: 'output', dtype: x.dtype, shape: [-1, ...rest] }],
    }),
  );
}
