import type { Graph, Node, Tensor } from '../graph';
import { after } from './array';
import { constant } from './constant';
import { add, less } from './elementwise';
import { defineFunction } from './function';

/**
 * Runs a body `count` times inside the graph.
 *
 * @param name unique in the program
 * @param count int32 scalar
 * @param invariant values that every round sees
 * @param carried values handed from round to round, of unchanging shape
 * @param body makes one round; `round` is an int32 scalar from 0; `effects` run before the next round starts
 * @returns the carried values after the last round
 */
export function repeat(
  name: string,
  count: Tensor,
  invariant: readonly Tensor[],
  carried: readonly Tensor[],
  body: (
    graph: Graph,
    round: Tensor,
    invariant: readonly Tensor[],
    carried: readonly Tensor[],
  ) => { carried: readonly Tensor[]; effects: readonly Node[] },
): readonly Tensor[] {
  const graph = count.node.graph;
  const all = [constant(graph, 'int32', [0]), count, ...invariant, ...carried];
  const condition = defineFunction(graph, `${name}_condition`, all, (_, inputs) => ({
    results: [less(inputs[0] as Tensor, inputs[1] as Tensor)],
    effects: [],
  }));
  const round = defineFunction(graph, `${name}_body`, all, (inner, inputs) => {
    const [at, limit, ...rest] = inputs as [Tensor, Tensor, ...Tensor[]];
    const fixed = rest.slice(0, invariant.length);
    const made = body(inner, at, fixed, rest.slice(invariant.length));
    const results = [add(at, 1), limit, ...fixed, ...made.carried].map((tensor) => after(tensor, made.effects));
    return { results, effects: made.effects };
  });
  const node = graph.add('While', all, {
    attributes: {
      T: { types: all.map((tensor) => tensor.dtype) },
      cond: { function: condition.name },
      body: { function: round.name },
      output_shapes: { shapes: all.map((tensor) => tensor.shape) },
      parallel_iterations: { int: 1 },
      _lower_using_switch_merge: { bool: true },
    },
    outputs: all.map(({ dtype, shape }) => ({ slot: 'output', dtype, shape })),
  });
  return node.outputs.slice(2 + invariant.length);
}
