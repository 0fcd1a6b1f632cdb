import { first, size, type Tensor } from '../graph';

/** a @ b for matrices; `transposeA`: a is given as [k, m], `transposeB`: b is given as [n, k]. */
export function matmul(a: Tensor, b: Tensor, transposeA = false, transposeB = false): Tensor {
  const y = first(
    a.node.graph.add('MatMul', [a, b], {
      attributes: { T: { type: a.dtype }, transpose_a: { bool: transposeA }, transpose_b: { bool: transposeB } },
      outputs: [{ slot: 'product', dtype: a.dtype, shape: [size(a, transposeA ? 1 : 0), size(b, transposeB ? 0 : 1)] }],
    }),
  );
  y.node.gradient = ([dy]) => {
    if (!dy) return [null, null];
    const da = transposeA ? matmul(b, dy, transposeB, true) : matmul(dy, b, false, !transposeB);
    const db = transposeB ? matmul(dy, a, true, transposeA) : matmul(a, dy, !transposeA, false);
    return [da, db];
  };
  return y;
}

/** Matrix products over leading dimensions, which broadcast; no gradient rule: who trains through it writes one. */
export function batchMatmul(a: Tensor, b: Tensor, transposeA = false, transposeB = false): Tensor {
  const lead = a.shape.slice(0, -2).map((length, axis) => (length === 1 ? size(b, axis) : length));
  return first(
    a.node.graph.add('BatchMatMulV2', [a, b], {
      attributes: { T: { type: a.dtype }, adj_x: { bool: transposeA }, adj_y: { bool: transposeB } },
      outputs: [
        {
          slot: 'output',
          dtype: a.dtype,
          shape: [...lead, size(a, transposeA ? -1 : -2), size(b, transposeB ? -2 : -1)],
        },
      ],
    }),
  );
}
