import { first, size, type Attribute, type Shape, type Tensor } from '../graph';
import { gather, pad, reshape, reverse, shapeOf, slice, transpose } from './array';
import { int32s } from './constant';
import { matmul } from './matmul';

/** Output maps up to this size are computed as patches times a matrix: oneDNN's direct 3x3 convolutions are slow there. */
const patchesUpTo = 3;

/**
 * 2-d convolution with zero padding of (kernel - 1) / 2 on every side, as torch's Conv2d(padding = k // 2).
 *
 * @param x [N, H, W, C]
 * @param filter [k, k, C, O], k odd
 * @param stride 1 or 2
 * @returns [N, ceil(H / stride), ceil(W / stride), O]
 */
export function conv2d(x: Tensor, filter: Tensor, stride: number): Tensor {
  const kernel = size(filter, 0);
  const square = size(x, 1) === size(x, 2) && size(x, 1) % stride === 0;
  if (kernel === 3 && square && size(x, 1) / stride <= patchesUpTo) return convolutionByPatches(x, filter, stride);
  if (kernel === 1 || stride === 1) return directConvolution(x, filter, stride, kernel === 1 ? 'VALID' : 'SAME');
  // EXPLICIT padding would skip oneDNN in the gradients (five times slower in bf16).
  const border = [kernel >> 1, kernel >> 1] as const;
  return directConvolution(pad(x, [[0, 0], border, border, [0, 0]]), filter, stride, 'VALID');
}

type Padding = 'SAME' | 'VALID';

const convolutionAttributes = (x: Tensor, stride: number, padding: Padding): Record<string, Attribute> => ({
  T: { type: x.dtype },
  strides: { ints: [1, stride, stride, 1] },
  padding: { text: padding },
  data_format: { text: 'NHWC' },
  use_cudnn_on_gpu: { bool: true },
  explicit_paddings: { ints: [] },
  dilations: { ints: [1, 1, 1, 1] },
});

function directConvolution(x: Tensor, filter: Tensor, stride: number, padding: Padding): Tensor {
  const graph = x.node.graph;
  const attributes = convolutionAttributes(x, stride, padding);
  const reach = padding === 'SAME' ? 1 : size(filter, 0);
  const map = (length: number) => Math.floor((length - reach) / stride) + 1;
  const shape = [size(x, 0), map(size(x, 1)), map(size(x, 2)), size(filter, 3)];
  const output = (op: string, inputs: Tensor[], to: Shape) =>
    first(graph.add(op, inputs, { attributes, outputs: [{ slot: 'output', dtype: x.dtype, shape: to }] }));
  const y = output('Conv2D', [x, filter], shape);
  y.node.gradient = ([dy]) => {
    if (!dy) return [null, null];
    const inputSizes = x.shape.includes(-1) ? shapeOf(x) : int32s(graph, [...x.shape]);
    const byInput = output('Conv2DBackpropInput', [inputSizes, filter, dy], x.shape);
    if (crashes(x, filter, stride)) return [byInput, filterByProduct(x, dy, filter, stride)];
    return [byInput, output('Conv2DBackpropFilter', [x, int32s(graph, [...filter.shape]), dy], filter.shape)];
  };
  return y;
}

/**
 * oneDNN's filter gradient of a 1x1 convolution with a stride writes beyond its workspace (SIGSEGV, TensorFlow 2.21 with
 * AVX-512) where there are fewer than 16 channels and rows are long: of 8 channels at 48 pixels, of 12 at 128.
 */
const crashes = (x: Tensor, filter: Tensor, stride: number): boolean =>
  size(filter, 0) === 1 && stride > 1 && size(x, 3) < 16 && size(x, 2) > 32;

/** The filter's gradient of a 1x1 convolution, as a product of the pixels that it saw and dy. */
function filterByProduct(x: Tensor, dy: Tensor, filter: Tensor, stride: number): Tensor {
  const seen = (axis: number) =>
    int32s(
      x.node.graph,
      Array.from({ length: size(dy, axis) }, (_, at) => at * stride),
    );
  const pixels = gather(gather(x, seen(1), 1), seen(2), 2);
  const product = matmul(reshape(pixels, [-1, size(x, 3)]), reshape(dy, [-1, size(dy, 3)]), true);
  return reshape(product, filter.shape);
}

/** [N, H, H, C] -> [N * O * O, 9 * C], O = H / stride: the 3x3 neighbourhood of every output pixel, zero outside. */
function patches(x: Tensor, stride: number): Tensor {
  const h = size(x, 1);
  const c = size(x, 3);
  const padded = reshape(
    pad(x, [
      [0, 0],
      [1, 1],
      [1, 1],
      [0, 0],
    ]),
    [-1, (h + 2) ** 2, c],
  );
  const index: number[] = [];
  for (let row = 0; row < h; row += stride)
    for (let col = 0; col < h; col += stride)
      for (let i = 0; i < 3; i++) for (let j = 0; j < 3; j++) index.push((row + i) * (h + 2) + col + j);
  return reshape(gather(padded, int32s(x.node.graph, index), 1), [-1, 9 * c]);
}

/** The same convolution as one gather and one matrix product. */
function convolutionByPatches(x: Tensor, filter: Tensor, stride: number): Tensor {
  const [ci, co] = [size(filter, 2), size(filter, 3)];
  const map = size(x, 1) / stride;
  const columns = patches(x, stride);
  const product = matmul(columns, reshape(filter, [9 * ci, co]));
  const y = first(
    x.node.graph.add('Reshape', [product, int32s(x.node.graph, [-1, map, map, co])], {
      attributes: { T: { type: x.dtype }, Tshape: { type: 'int32' } },
      outputs: [{ slot: 'output', dtype: x.dtype, shape: [size(x, 0), map, map, co] }],
    }),
  );
  y.node.operands = [x, filter];
  y.node.gradient = ([dy]) => {
    if (!dy) return [null, null];
    const byFilter = reshape(matmul(columns, reshape(dy, [-1, co]), true), [3, 3, ci, co]);
    return [stride === 1 ? turnedConvolution(dy, filter, x) : transposedConvolution(dy, filter, x, stride), byFilter];
  };
  return y;
}

/** The gradient by the input for stride 1: the same convolution of dy, the kernel turned round. */
function turnedConvolution(dy: Tensor, filter: Tensor, x: Tensor): Tensor {
  const [ci, co] = [size(filter, 2), size(filter, 3)];
  const turned = transpose(reverse(reshape(filter, [9, ci, co]), [0]), [0, 2, 1]);
  return reshape(matmul(patches(dy, 1), reshape(turned, [9 * co, ci])), [-1, size(x, 1), size(x, 2), ci]);
}

function transposedConvolution(dy: Tensor, filter: Tensor, x: Tensor, stride: number): Tensor {
  const [n, h, c] = [size(x, 0), size(x, 1), size(x, 3)];
  const padded = [n, h + 2, h + 2, c];
  const graph = x.node.graph;
  const gradient = first(
    graph.add('Conv2DBackpropInput', [int32s(graph, padded), filter, dy], {
      attributes: convolutionAttributes(x, stride, 'VALID'),
      outputs: [{ slot: 'output', dtype: x.dtype, shape: padded }],
    }),
  );
  return slice(gradient, [0, 1, 1, 0], [n, h, h, c]);
}
