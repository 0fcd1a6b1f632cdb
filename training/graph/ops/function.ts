import { Graph, type GraphFunction, type Tensor } from '../graph';

/** A graph of its own that other nodes call. The body's own `arguments`, where it names them, are all that it takes. */
export function defineFunction(
  root: Graph,
  name: string,
  like: readonly Tensor[],
  body: (
    graph: Graph,
    inputs: readonly Tensor[],
  ) => Pick<GraphFunction, 'results' | 'effects'> & Partial<Pick<GraphFunction, 'arguments'>>,
): GraphFunction {
  const graph = new Graph(root);
  const inputs = like.map((tensor, position) => graph.placeholder(`argument${position}`, tensor.dtype, tensor.shape));
  const made = { name, graph, arguments: inputs, ...body(graph, inputs) };
  root.functions.push(made);
  return made;
}
