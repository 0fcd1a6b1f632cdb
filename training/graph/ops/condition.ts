import type { Graph, Node, Tensor } from '../graph';
import { defineFunction } from './function';

/**
 * Runs nodes inside the graph where a condition holds, and nothing where it does not.
 *
 * @param name unique in the program
 * @param condition bool scalar
 * @param inputs values that the body sees
 * @param body makes the nodes that run, for their effects
 * @returns the node after which they have run, or been passed over
 */
export function runWhere(
  name: string,
  condition: Tensor,
  inputs: readonly Tensor[],
  body: (graph: Graph, inputs: readonly Tensor[]) => readonly Node[],
  control: readonly Node[] = [],
): Node {
  const graph = condition.node.graph;
  const root = graph.root ?? graph;
  const then = defineFunction(root, `${name}_then`, inputs, (inner, values) => ({
    results: [],
    effects: body(inner, values),
  }));
  const otherwise = defineFunction(root, `${name}_otherwise`, inputs, () => ({ results: [], effects: [] }));
  return graph.add('If', [condition, ...inputs], {
    attributes: {
      Tcond: { type: 'bool' },
      Tin: { types: inputs.map(({ dtype }) => dtype) },
      Tout: { types: [] },
      then_branch: { function: then.name },
      else_branch: { function: otherwise.name },
      output_shapes: { shapes: [] },
      _lower_using_switch_merge: { bool: true },
    },
    control,
  });
}
