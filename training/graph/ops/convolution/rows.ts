import { size, type Tensor } from '../../graph';
import { gather, pad, reshape, reverse, slice, stack, transpose } from '../array';
import { int32s } from '../constant';
import { matmul } from '../matmul';

/**
 * A 3x3 convolution with stride 1 as one matrix product for each output row, of the input rows that it sees: patches have
 * rows of zeros above and below, 2 of 9 in a 3x3 map. Parameters as of conv2d.
 */
export function convolutionByRows(x: Tensor, filter: Tensor): Tensor {
  const [n, height, width] = [size(x, 0), size(x, 1), size(x, 2)];
  const [ci, co] = [size(filter, 2), size(filter, 3)];
  const neighbours = alongRows(x);
  const weights = reshape(filter, [3, 3 * ci, co]);
  const rows = Array.from({ length: height }, (_, row) => {
    const [from, to] = [Math.max(0, row - 1), Math.min(height, row + 2)];
    const seen = reshape(slice(neighbours, [0, from, 0], [-1, to - from, 3 * ci]), [-1, (to - from) * 3 * ci]);
    const part = slice(weights, [from - row + 1, 0, 0], [to - from, 3 * ci, co]);
    return reshape(matmul(seen, reshape(part, [-1, co])), [n, width, co]);
  });
  const y = stack(rows, 1);
  y.node.operands = [x, filter];
  y.node.gradient = ([dy]) =>
    dy ? [convolutionByRows(dy, turned(filter)), gradientByFilter(neighbours, dy, filter)] : [null, null];
  return y;
}

/** [N, H, W, C] -> [N * W, H, 3 * C]: of every pixel the one to its left, itself and the one to its right, zero outside. */
function alongRows(x: Tensor): Tensor {
  const [, height, width, c] = x.shape as readonly [number, number, number, number];
  const padded = pad(x, [
    [0, 0],
    [0, 0],
    [1, 1],
    [0, 0],
  ]);
  const index: number[] = [];
  for (let column = 0; column < width; column++)
    for (let row = 0; row < height; row++) for (let j = 0; j < 3; j++) index.push(row * (width + 2) + column + j);
  const pixels = gather(reshape(padded, [-1, height * (width + 2), c]), int32s(x.node.graph, index), 1);
  return reshape(pixels, [-1, height, 3 * c]);
}

/** d loss / d filter of a 3x3 convolution with stride 1, as a matrix product for each row of the kernel. */
export const gradientByRows = (x: Tensor, dy: Tensor, filter: Tensor): Tensor =>
  gradientByFilter(alongRows(x), dy, filter);

/** For each row of the kernel one product, of the input rows that meet it. */
function gradientByFilter(neighbours: Tensor, dy: Tensor, filter: Tensor): Tensor {
  const [ci, co] = [size(filter, 2), size(filter, 3)];
  const height = size(dy, 1);
  const upstream = reshape(transpose(dy, [0, 2, 1, 3]), [-1, height, co]);
  const rows = [-1, 0, 1].map((offset) => {
    const count = height - Math.abs(offset);
    const part = (of: Tensor, from: number) => reshape(slice(of, [0, from, 0], [-1, count, -1]), [-1, size(of, 2)]);
    return matmul(part(neighbours, Math.max(0, offset)), part(upstream, Math.max(0, -offset)), true);
  });
  return reshape(stack(rows, 0), [3, 3, ci, co]);
}

/** The filter by which dy gives the gradient by the input, for stride 1: turned round, in and out exchanged. [3, 3, O, C] */
function turned(filter: Tensor): Tensor {
  const [ci, co] = [size(filter, 2), size(filter, 3)];
  return filter.node.graph.once(`turned ${filter.node.id}`, () =>
    reshape(transpose(reverse(reshape(filter, [9, ci, co]), [0]), [0, 2, 1]), [3, 3, co, ci]),
  );
}
