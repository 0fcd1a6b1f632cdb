import { size, type Tensor } from '../../graph';
import { gather, pad, reshape, slice } from '../array';
import { int32s } from '../constant';
import { matmul } from '../matmul';

/** A 1x1 convolution with a stride, as one matrix product of the pixels that it sees. Parameters as of conv2d. */
export function convolutionByPixels(x: Tensor, filter: Tensor, stride: number): Tensor {
  const [ci, co] = [size(filter, 2), size(filter, 3)];
  const seen = everyOther(x, stride);
  const product = matmul(reshape(seen, [-1, ci]), reshape(filter, [ci, co]));
  return reshape(product, [...seen.shape.slice(0, 3), co]);
}

/** Every stride-th pixel of every stride-th row: [N, H, W, C] -> [N, ceil(H / stride), ceil(W / stride), C]. */
function everyOther(x: Tensor, stride: number): Tensor {
  const [n, h, w, c] = x.shape as readonly [number, number, number, number];
  const [rows, columns] = [Math.ceil(h / stride), Math.ceil(w / stride)];
  const index = Array.from(
    { length: rows * columns },
    (_, at) => stride * (Math.floor(at / columns) * w + (at % columns)),
  );
  const pixels = gather(reshape(x, [-1, h * w, c]), int32s(x.node.graph, index), 1);
  const y = reshape(pixels, [n, rows, columns, c]);
  y.node.operands = [x];
  y.node.gradient = ([dy]) => {
    if (!dy) return [null];
    // Zeros to the right of each pixel and below each row, as rows of [columns, stride * c].
    const apart = pad(reshape(dy, [-1, 1, columns, c]), [
      [0, 0],
      [0, stride - 1],
      [0, 0],
      [0, (stride - 1) * c],
    ]);
    const whole = reshape(apart, [n, rows * stride, columns * stride, c]);
    return [rows * stride === h && columns * stride === w ? whole : slice(whole, [0, 0, 0, 0], x.shape)];
  };
  return y;
}
