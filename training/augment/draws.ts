import { size, type Tensor } from '../graph/graph';
import { column, reshape } from '../graph/ops/array';
import { add, less, multiply, scalar, where } from '../graph/ops/elementwise';

/** Draw number `position` of every image: u [B, draws] -> [B], uniform in [0, 1). */
export const drawn = (u: Tensor, position: number): Tensor => column(u, position);

/** Uniform between two bounds, from a draw in [0, 1). */
export const between = (u: Tensor, [low, high]: readonly [number, number]): Tensor => add(multiply(u, high - low), low);

/** Whether an operation of probability p is applied: [B] bool, from a draw in [0, 1). */
export const applies = (u: Tensor, p: number): Tensor => less(u, p);

/** The drawn values for the images that an operation is applied to, `otherwise` for the rest. */
export const whereApplied = (applied: Tensor, values: Tensor, otherwise: number): Tensor =>
  where(applied, values, scalar(values, otherwise));

/** [B] as [B, 1, ..., 1], to be spread over a tensor of that rank. */
export const perImage = (values: Tensor, rank: number): Tensor =>
  reshape(values, [size(values, 0), ...Array.from({ length: rank - 1 }, () => 1)]);
