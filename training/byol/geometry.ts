import { size, type Tensor } from '../graph/graph';
import {
  abs,
  add,
  exp,
  less,
  log,
  maximum,
  multiply,
  divide,
  negate,
  scalar,
  square,
  subtract,
  where,
} from '../graph/ops/elementwise';
import { eigenvalues } from '../graph/ops/linear-algebra';
import { matmul } from '../graph/ops/matmul';
import { mean } from '../graph/ops/mean';
import { sum } from '../graph/ops/reduction';
import { normalizeRows } from './loss';

/** Larger than any entry of a covariance of unit vectors: tells finite numbers from others. */
const beyond = 1e30;
/** Keeps a logarithm or a quotient finite where its argument is zero. */
const tiny = 1e-30;

/**
 * In how many directions the embedding varies: the effective rank (Roy and Vetterli 2007, definition 1: the exponential
 * of the entropy of the singular values, divided by their sum) of the covariance of the L2-normalized rows, whose
 * singular values are its eigenvalues. 1 where all variation lies on a line, or where there is none; at most
 * min(d, n - 1). NaN where an entry is not finite.
 *
 * @param embedding [n, d] float32, both sizes known -> scalar
 */
export function effectiveRank(embedding: Tensor): Tensor {
  const rows = normalizeRows(embedding);
  const centred = subtract(rows, mean(rows, [0], true));
  // X^T X and X X^T have the same eigenvalues but for zeros, which add nothing: the smaller one will do.
  const covariance =
    size(rows, 0) < size(rows, 1) ? matmul(centred, centred, false, true) : matmul(centred, centred, true, false);
  const finite = where(less(abs(covariance), beyond), covariance, scalar(covariance, 0));
  const values = maximum(eigenvalues(finite), 0);
  const shares = divide(values, add(sum(values, [0]), tiny));
  const entropy = negate(sum(multiply(shares, log(add(shares, tiny))), [0]));
  return add(exp(entropy), multiply(sum(covariance, [0, 1]), 0));
}

/**
 * How far two views of one image lie apart: the mean squared distance of the L2-normalized pairs (Wang and Isola 2020,
 * equation 1 of section 4.1, alpha = 2). 0: views are told from nothing but their image; 2: views are unrelated.
 *
 * @param first [n, d] float32 @param second [n, d], of the same images -> scalar
 */
export function alignment(first: Tensor, second: Tensor): Tensor {
  return mean(sum(square(subtract(normalizeRows(first), normalizeRows(second))), [1]), [0]);
}

/**
 * How evenly the embedding fills the sphere: the logarithm of the mean Gaussian potential exp(-t |x - y|^2) over all
 * pairs of different rows (Wang and Isola 2020, equation 2 of section 4.1, t = 2). 0 where all are one point; the lower,
 * the more even, and never below -8 (opposite points).
 *
 * @param embedding [n, d] float32, n at least 2 -> scalar
 */
export function uniformity(embedding: Tensor): Tensor {
  const rows = normalizeRows(embedding);
  const n = size(rows, 0);
  const cosines = matmul(rows, rows, false, true);
  const potential = exp(multiply(subtract(scalar(cosines, 1), cosines), -4)); // |x - y|^2 = 2 - 2 cos; t = 2
  const pairs = subtract(sum(potential, [0, 1]), n); // each row with itself has the potential 1
  return log(multiply(pairs, 1 / (n * (n - 1))));
}
