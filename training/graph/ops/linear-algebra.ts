import { first, size, type Tensor } from '../graph';

/** Eigenvalues of a symmetric matrix, from small to large; throws in the engine where an entry is not finite. @param x [n, n] float32 -> [n] */
export function eigenvalues(x: Tensor): Tensor {
  const n = size(x, 0);
  return first(
    x.node.graph.add('SelfAdjointEigV2', [x], {
      attributes: { T: { type: x.dtype }, compute_v: { bool: false } },
      outputs: [
        { slot: 'e', dtype: x.dtype, shape: [n] },
        { slot: 'v', dtype: x.dtype, shape: [0] },
      ],
    }),
  );
}

/**
 * The k largest entries of each row, from large to small; of equal ones the first.
 *
 * @param x [m, n] float32 @param k int32 scalar, at most n
 * @returns values and their columns (int32), [m, k]
 */
export function largest(x: Tensor, k: Tensor): { values: Tensor; columns: Tensor } {
  const shape = [size(x, 0), -1];
  const node = x.node.graph.add('TopKV2', [x, k], {
    attributes: {
      T: { type: x.dtype },
      Tk: { type: 'int32' },
      index_type: { type: 'int32' },
      sorted: { bool: true },
    },
    outputs: [
      { slot: 'values', dtype: x.dtype, shape },
      { slot: 'indices', dtype: 'int32', shape },
    ],
  });
  const [values, columns] = node.outputs as [Tensor, Tensor];
  return { values, columns };
}
