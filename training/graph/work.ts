import { calledBy, reached, size, type Graph, type Node, type Shape } from './graph';

/** Multiplications of a typical product from which on a second thread pays: docs/engine.md, two slowed steps down at 48 million, much less so at 190. */
export const longProduct = 100e6;

/**
 * Multiplications of the convolution or matrix product in which a call spends them: the mean over its products, each
 * counted by its own multiplications. 0 where there is none.
 *
 * @param roots what the call fetches, and what runs for its effects; a size that is known only then counts as one
 */
export function typicalProduct(graph: Graph, roots: readonly Node[]): number {
  const products = productsOf(graph, roots);
  const total = products.reduce((sum, product) => sum + product, 0);
  return total === 0 ? 0 : products.reduce((sum, product) => sum + product * product, 0) / total;
}

function productsOf(graph: Graph, roots: readonly Node[]): number[] {
  return [...reached(roots)].flatMap((node) => {
    const body = node.attributes['body'];
    if (!body || !('function' in body)) return multiplications(node);
    return productsOf(...calledBy(graph, body.function));
  });
}

const count = (shape: Shape) => shape.reduce((product, size) => product * Math.max(1, size), 1);

function multiplications({ op, inputs, outputs, attributes }: Node): number | [] {
  const [output] = outputs;
  const channels = (shape: readonly number[]) => shape.at(-1) as number;
  switch (output && op) {
    case 'Conv2D':
      return (count(output!.shape) * count(inputs[1]!.shape)) / channels(output!.shape);
    case 'Conv2DBackpropInput':
      return (count(inputs[2]!.shape) * count(inputs[1]!.shape)) / channels(inputs[2]!.shape);
    case 'Conv2DBackpropFilter':
      return (count(inputs[2]!.shape) * count(output!.shape)) / channels(inputs[2]!.shape);
    case 'MatMul': {
      const transposed = attributes['transpose_a'];
      const inner = transposed && 'bool' in transposed && transposed.bool ? 0 : 1;
      return count(output!.shape) * Math.max(1, size(inputs[0]!, inner));
    }
    case 'BatchMatMulV2': {
      const transposed = attributes['adj_x'];
      const inner = transposed && 'bool' in transposed && transposed.bool ? -2 : -1;
      return count(output!.shape) * Math.max(1, size(inputs[0]!, inner));
    }
    default:
      return [];
  }
}
