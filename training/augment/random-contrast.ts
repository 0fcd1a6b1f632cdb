import type { Augmentation } from '../../experiment/augmentation';
import type { Tensor } from '../graph/graph';
import { add, clamp, multiply, scalar, subtract } from '../graph/ops/elementwise';
import { between, drawn, perImage } from './draws';

type Options = Extract<Augmentation, { op: 'random-contrast' }>;

/** Gain, offset. */
export const draws = 2;

/** (x - 1/2) * gain + 1/2 + offset, held in 0..1. @param x [B, C, H, W] @param u [B, draws] */
export function apply(x: Tensor, u: Tensor, { gain, offset }: Options): Tensor {
  const factor = between(drawn(u, 0), gain);
  const shift = add(between(drawn(u, 1), [-offset, offset]), multiply(subtract(scalar(factor, 1), factor), 0.5));
  return clamp(add(multiply(x, perImage(factor, 4)), perImage(shift, 4)), 0, 1);
}
