import type { Augmentation } from '../../experiment/augmentation';
import { size, type Tensor } from '../graph/graph';
import { cast, scalar, subtract } from '../graph/ops/elementwise';
import { applies, drawn } from './draws';
import { blendWithGrey } from './luma';

type Options = Extract<Augmentation, { op: 'grayscale' }>;

export const draws = 1;

/** Colours removed; images of one channel stay as they are. @param x [B, C, H, W] @param u [B, draws] */
export function apply(x: Tensor, u: Tensor, { p }: Options): Tensor {
  if (size(x, 1) !== 3) return x;
  const grey = cast(applies(drawn(u, 0), p), 'float32');
  return blendWithGrey(x, subtract(scalar(grey, 1), grey), grey);
}
