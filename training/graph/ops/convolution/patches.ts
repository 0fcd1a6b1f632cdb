import { size, type Tensor } from '../../graph';
import { gather, pad, reshape } from '../array';
import { int32s } from '../constant';
import { matmul } from '../matmul';
import { gradientByInput } from './direct';

/** A 3x3 convolution with a stride, as one gather and one matrix product (im2col); sides are multiples of the stride. */
export function convolutionByPatches(x: Tensor, filter: Tensor, stride: number): Tensor {
  const [ci, co] = [size(filter, 2), size(filter, 3)];
  const columns = patches(x, stride);
  const map = [size(x, 0), size(x, 1) / stride, size(x, 2) / stride, co];
  const y = reshape(matmul(columns, reshape(filter, [9 * ci, co])), map);
  y.node.operands = [x, filter];
  y.node.gradient = ([dy]) => {
    if (!dy) return [null, null];
    const byFilter = reshape(matmul(columns, reshape(dy, [-1, co]), true), filter.shape);
    return [gradientByInput(dy, filter, x, stride), byFilter];
  };
  return y;
}

/** [N, H, W, C] -> [N * H * W / stride^2, 9 * C]: the 3x3 neighbourhood of every output pixel, zero outside. */
function patches(x: Tensor, stride: number): Tensor {
  const [, h, w, c] = x.shape as readonly [number, number, number, number];
  const border = [1, 1] as const;
  const padded = reshape(pad(x, [[0, 0], border, border, [0, 0]]), [-1, (h + 2) * (w + 2), c]);
  const index: number[] = [];
  for (let row = 0; row < h; row += stride)
    for (let col = 0; col < w; col += stride)
      for (let i = 0; i < 3; i++) for (let j = 0; j < 3; j++) index.push((row + i) * (w + 2) + col + j);
  return reshape(gather(padded, int32s(x.node.graph, index), 1), [-1, 9 * c]);
}
