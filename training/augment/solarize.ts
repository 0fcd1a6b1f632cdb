import type { Augmentation } from '../../experiment/augmentation';
import type { Tensor } from '../graph/graph';
import { greaterEqual, scalar, subtract, where } from '../graph/ops/elementwise';
import { applies, drawn, perImage, whereApplied } from './draws';

type Options = Extract<Augmentation, { op: 'solarize' }>;

export const draws = 1;

/** Values at or above the threshold inverted. @param x [B, C, H, W] @param u [B, draws] */
export function apply(x: Tensor, u: Tensor, { p, threshold }: Options): Tensor {
  const outOfReach = 2;
  const limit = whereApplied(applies(drawn(u, 0), p), scalar(u, threshold), outOfReach);
  return where(greaterEqual(x, perImage(limit, 4)), subtract(scalar(x, 1), x), x);
}
