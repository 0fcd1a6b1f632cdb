import { elements, first, size, type Graph, type Tensor } from '../graph';
import { reshape } from './array';
import { constant } from './constant';
import { directConvolution } from './convolution/direct';
import { add, addN, cast } from './elementwise';
import { relu, reluGradient } from './relu';

/** Numbers that are added as the channels of one pixel: the fewer, the fewer products with the identity. */
const channels = 16;

/** From so many numbers on it is faster; without the ReLU only where a map does not stay in the cache. */
const least = { reluOfSum: 2 ** 16, sum: 2 ** 21 };

/**
 * relu(a + b), where it pays as what leaves a convolution: oneDNN's can add a map and cut off below 0 as it writes, and a
 * convolution with the identity leaves what is given. TensorFlow's own kernels of either take thirty instructions for
 * eight numbers of bfloat16 and wait for memory meanwhile.
 *
 * Added in float32 and rounded once, as `add` does. But NaN becomes 0, as in oneDNN's normalizations with a ReLU, and
 * an infinite number makes NaN of the fifteen beside it.
 *
 * @param a [N, H, W, C] @param b the same
 */
export function reluOfSum(a: Tensor, b: Tensor): Tensor {
  if (!gainsByConvolution(a, least.reluOfSum)) return relu(add(a, b));
  const y = reshape(relu(sumByConvolution(a, b)), a.shape);
  y.node.operands = [a, b];
  y.node.gradient = ([dy]) => {
    const gradient = dy ? reluGradient(dy, y) : null;
    return [gradient, gradient];
  };
  return y;
}

/** What arrives at one value from several sides: maps in bfloat16 as above. */
export function sumOfGradients(parts: readonly Tensor[]): Tensor {
  const [a, b] = parts as [Tensor, Tensor];
  if (parts.length !== 2 || !gainsByConvolution(a, least.sum)) return addN(parts);
  return reshape(sumByConvolution(a, b), a.shape);
}

/** Among large maps of known size; where it is not known TensorFlow does not join the operations. */
function gainsByConvolution({ node, dtype, shape }: Tensor, fewest: number): boolean {
  if (node.graph.device !== 'cpu' || dtype !== 'bfloat16' || shape.length !== 4 || shape.includes(-1)) return false;
  const row = (shape[2] as number) * (shape[3] as number);
  return row % channels === 0 && elements(shape) >= fewest;
}

/** Convolution, bias and sum, which TensorFlow makes one operation of oneDNN's. */
function sumByConvolution(a: Tensor, b: Tensor): Tensor {
  const { graph } = a.node;
  const row = size(a, 2) * size(a, 3);
  const pixels = [size(a, 0), size(a, 1), row / channels, channels];
  const itself = directConvolution(reshape(a, pixels), identity(graph), 1);
  const biased = graph.add('BiasAdd', [itself, noBias(graph)], {
    attributes: { T: { type: a.dtype }, data_format: { text: 'NHWC' } },
    outputs: [{ slot: 'output', dtype: a.dtype, shape: pixels }],
  });
  return add(first(biased), reshape(b, pixels));
}

function identity(graph: Graph): Tensor {
  return graph.once('identity filter', () => {
    const values = Array.from({ length: channels ** 2 }, (_, at) => (at % (channels + 1) === 0 ? 1 : 0));
    return cast(constant(graph, 'float32', values, [1, 1, channels, channels]), 'bfloat16');
  });
}

/** Zeros that TensorFlow takes for a value unknown to it: a bias of known zeros it drops, and then joins nothing. */
function noBias(graph: Graph): Tensor {
  return graph.once('zeros as a bias', () => {
    const shape = [channels];
    const zeros = constant(graph, 'float32', new Array<number>(channels).fill(0), shape);
    const attributes = { dtype: { type: 'float32' }, shape: { shape } } as const;
    const outputs = [{ slot: 'output', dtype: 'float32', shape }] as const;
    return cast(first(graph.add('PlaceholderWithDefault', [zeros], { attributes, outputs })), 'bfloat16');
  });
}
