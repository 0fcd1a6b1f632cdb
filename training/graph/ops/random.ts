import { elements, first, type Node, type Shape, type Tensor } from '../graph';
import { constant, int32s } from './constant';
import { reshape, stack } from './array';

const philox = 1;

/**
 * Random numbers named by two int32 scalars (Philox, the same on every device): equal names give equal numbers,
 * and nothing depends on what was drawn before.
 */
function draw(op: string, [a, b]: readonly [Tensor, Tensor], shape: Shape): Tensor {
  const graph = a.node.graph;
  const seed = stack([reshape(a, []), reshape(b, [])], 0);
  const named: Node = graph.add('StatelessRandomGetKeyCounter', [seed], {
    attributes: { Tseed: { type: 'int32' } },
    outputs: [
      { slot: 'key', dtype: 'uint64', shape: [1] },
      { slot: 'counter', dtype: 'uint64', shape: [2] },
    ],
  });
  return first(
    graph.add(op, [int32s(graph, [...shape]), ...named.outputs, constant(graph, 'int32', [philox])], {
      attributes: { dtype: { type: 'float32' }, Tshape: { type: 'int32' } },
      outputs: [{ slot: 'output', dtype: 'float32', shape }],
    }),
  );
}

/** Uniform in [0, 1). */
export const uniform = (name: readonly [Tensor, Tensor], shape: Shape): Tensor =>
  draw('StatelessRandomUniformV2', name, shape);

/** Normal with mean 0 and standard deviation 1. */
export function normal(name: readonly [Tensor, Tensor], shape: Shape): Tensor {
  elements(shape);
  return draw('StatelessRandomNormalV2', name, shape);
}
