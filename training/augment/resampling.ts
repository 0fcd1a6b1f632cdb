import { size, type Tensor } from '../graph/graph';
import { batchMatmul } from '../graph/ops/matmul';
import { reshape } from '../graph/ops/array';

/**
 * A linear map of an image's rows and one of its columns, for each image: out = rows @ image @ columns^T.
 * Crops, flips and blurs are such maps; neighbours in a list are multiplied before they meet the pixels.
 */
export interface Resampling {
  /** [B, H, H] */
  rows?: Tensor;
  /** [B, W, W] */
  columns?: Tensor;
}

/** The map that is `first` and then `second`. */
export function compose(first: Resampling, second: Resampling): Resampling {
  const rows = product(second.rows, first.rows);
  const columns = product(second.columns, first.columns);
  return { ...(rows ? { rows } : {}), ...(columns ? { columns } : {}) };
}

const product = (a: Tensor | undefined, b: Tensor | undefined): Tensor | undefined =>
  a && b ? batchMatmul(a, b) : (a ?? b);

/** Two products for all images at once. @param x [B, C, H, W] -> [B, C, H, W] */
export function resample(x: Tensor, { rows, columns }: Resampling): Tensor {
  const [b, c, h, w] = x.shape as [number, number, number, number];
  const across = columns ? reshape(batchMatmul(reshape(x, [b, c * h, w]), columns, false, true), [b, c, h, w]) : x;
  return rows ? batchMatmul(reshape(rows, [b, 1, h, size(rows, 2)]), across) : across;
}
