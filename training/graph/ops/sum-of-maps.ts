import { first, size, type Graph, type Tensor } from '../graph';
import { reshape } from './array';
import { constant, fill } from './constant';
import { directConvolution } from './convolution/direct';
import { add, addN, cast } from './elementwise';
import { relu, reluGradient } from './relu';

/** Numbers that are added as the channels of one pixel: the fewer, the fewer products with the identity. */
const channels = 16;

/**
 * relu(a + b). In bfloat16 TensorFlow's kernels of either take thirty instructions for eight numbers, and wait for memory
 * meanwhile. oneDNN adds, and cuts off, what leaves a convolution; here of a by the identity, which is a itself. It adds in
 * float32 and rounds once, as `add` does, but makes NaN 0, as its normalizations with a ReLU do.
 *
 * @param a [N, H, W, C] @param b the same
 */
export function reluOfSum(a: Tensor, b: Tensor): Tensor {
  if (!gainsByConvolution(a, 2 ** 18)) return relu(add(a, b));
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
  if (parts.length !== 2 || !gainsByConvolution(a, 2 ** 21)) return addN(parts);
  return reshape(sumByConvolution(a, b), a.shape);
}

/** Where both are large and their size is known: TensorFlow joins the operations only then. */
function gainsByConvolution({ node, dtype, shape }: Tensor, least: number): boolean {
  if (node.graph.device !== 'cpu' || dtype !== 'bfloat16' || shape.length !== 4 || shape.includes(-1)) return false;
  const row = (shape[2] as number) * (shape[3] as number);
  return row % channels === 0 && shape.reduce((product, length) => product * length) >= least;
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
    const dtype = 'float32';
    const attributes = { dtype: { type: dtype }, shape: { shape } } as const;
    const outputs = [{ slot: 'output', dtype, shape }] as const;
    return cast(
      first(graph.add('PlaceholderWithDefault', [fill(graph, shape, 0)], { attributes, outputs })),
      'bfloat16',
    );
  });
}
