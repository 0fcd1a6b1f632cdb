import { size, type Tensor } from '../../graph';
import { pad, reshape, slice, transpose } from '../array';
import { directConvolution, gradientByInput, nodeByFilter } from './direct';
import { gradientByPatches } from './patches';
import { gradientByRows } from './rows';

/**
 * TensorFlow's own convolution, but for the gradient by the filter: of 3x3 filters as matrix products, of larger ones with
 * stride 2 by blocks of 2x2 pixels. Parameters as of conv2d.
 */
export function convolutionWithOwnFilterGradient(x: Tensor, filter: Tensor, stride: number): Tensor {
  const y = directConvolution(x, filter, stride);
  const byFilter = size(filter, 0) > 3 ? gradientByBlocks : stride === 1 ? gradientByRows : gradientByPatches;
  y.node.gradient = ([dy]) => (dy ? [gradientByInput(dy, filter, x, stride), byFilter(x, dy, filter)] : [null, null]);
  return y;
}

/**
 * A block's pixels are channels of a map of half the size, on which the same convolution has half the kernel and no stride:
 * more products than before (8x8 for 7x7), of four times the few channels that images have.
 */
function gradientByBlocks(x: Tensor, dy: Tensor, filter: Tensor): Tensor {
  const [kernel, c, o] = [size(filter, 0), size(filter, 2), size(filter, 3)];
  const [border, half] = [[kernel >> 1, kernel >> 1] as const, (kernel + 1) / 2];
  const [rows, columns] = [(size(x, 1) + kernel - 1) / 2, (size(x, 2) + kernel - 1) / 2];
  const lines = reshape(pad(x, [[0, 0], border, border, [0, 0]]), [-1, rows, 2, columns, 2 * c]);
  const blocks = reshape(transpose(lines, [0, 1, 3, 2, 4]), [size(x, 0), rows, columns, 4 * c]);
  const made = nodeByFilter(blocks, [half, half, 4 * c, o], dy, 1, 0);
  const pixels = transpose(reshape(made, [half, half, 2, 2, c, o]), [0, 2, 1, 3, 4, 5]);
  return slice(reshape(pixels, [kernel + 1, kernel + 1, c, o]), [0, 0, 0, 0], filter.shape);
}
