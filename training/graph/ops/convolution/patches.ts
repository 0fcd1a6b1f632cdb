import { size, type Tensor } from '../../graph';
import { concat, gather, pad, reshape, slice, stack, transpose } from '../array';
import { int32s } from '../constant';
import { matmul } from '../matmul';
import { gradientByInput } from './direct';

/** A 3x3 convolution with stride 2, as one gather and one matrix product (im2col); sides are even. */
export const convolutionByPatches = (x: Tensor, filter: Tensor): Tensor => convolution(x, filter, gradientByInput);

/** The same; its gradient by the input is matrix products too. */
export const convolutionByPhases = (x: Tensor, filter: Tensor): Tensor => convolution(x, filter, gradientByPhases);

function convolution(x: Tensor, filter: Tensor, byInput: typeof gradientByInput): Tensor {
  const [ci, co] = [size(filter, 2), size(filter, 3)];
  const columns = patches(x);
  const map = [size(x, 0), size(x, 1) / 2, size(x, 2) / 2, co];
  const y = reshape(matmul(columns, reshape(filter, [9 * ci, co])), map);
  y.node.operands = [x, filter];
  y.node.gradient = ([dy]) => (dy ? [byInput(dy, filter, x, 2), gradientOfPatches(columns, dy, filter)] : [null, null]);
  return y;
}

/** d loss / d filter of a 3x3 convolution with stride 2, as one matrix product. */
export const gradientByPatches = (x: Tensor, dy: Tensor, filter: Tensor): Tensor =>
  gradientOfPatches(patches(x), dy, filter);

const gradientOfPatches = (columns: Tensor, dy: Tensor, filter: Tensor): Tensor =>
  reshape(matmul(columns, reshape(dy, [-1, size(filter, 3)]), true), filter.shape);

/** [N, H, W, C] -> [N * H * W / 4, 9 * C]: the 3x3 neighbourhood of every output pixel, zero outside. */
function patches(x: Tensor): Tensor {
  const [, h, w, c] = x.shape as readonly [number, number, number, number];
  const border = [1, 1] as const;
  const padded = reshape(pad(x, [[0, 0], border, border, [0, 0]]), [-1, (h + 2) * (w + 2), c]);
  const index: number[] = [];
  for (let row = 0; row < h; row += 2)
    for (let col = 0; col < w; col += 2)
      for (let i = 0; i < 3; i++) for (let j = 0; j < 3; j++) index.push((row + i) * (w + 2) + col + j);
  return reshape(gather(padded, int32s(x.node.graph, index), 1), [-1, 9 * c]);
}

/** Of an even and of an odd row of x: which rows of the kernel saw it, and how far down the output row lies that did. */
const seenBy = [
  [{ kernel: 1, down: 0 }],
  [
    { kernel: 2, down: 0 },
    { kernel: 0, down: 1 },
  ],
] as const;

/** d loss / d x: even and odd rows and columns of x each as one matrix product, of the output pixels that saw them. */
function gradientByPhases(dy: Tensor, filter: Tensor, x: Tensor): Tensor {
  const [n, h, w, c] = x.shape as readonly [number, number, number, number];
  const co = size(filter, 3);
  const further = pad(dy, [[0, 0], [0, 1], [0, 1], [0, 0]]); // prettier-ignore
  const phases = seenBy.flatMap((rows) =>
    seenBy.map((columns) => {
      const taps = rows.flatMap((row) => columns.map((column) => ({ row, column })));
      const upstream = taps.map(({ row, column }) => slice(further, [0, row.down, column.down, 0], dy.shape));
      const weights = taps.map(({ row, column }) =>
        reshape(slice(filter, [row.kernel, column.kernel, 0, 0], [1, 1, c, co]), [c, co]),
      );
      return reshape(matmul(reshape(concat(upstream, 3), [-1, taps.length * co]), concat(weights, 1), false, true), [
        n,
        h / 2,
        w / 2,
        c,
      ]);
    }),
  );
  const byPhase = reshape(stack(phases, 3), [-1, h / 2, w / 2, 2, 2 * c]);
  return reshape(transpose(byPhase, [0, 1, 3, 2, 4]), x.shape);
}
