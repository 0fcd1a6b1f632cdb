import type { Augmentation } from '../../experiment/augmentation';
import { size, type Tensor } from '../graph/graph';
import { column, gather, reshape, stack } from '../graph/ops/array';
import { constant } from '../graph/ops/constant';
import { add, cast, clamp, multiply, scalar, subtract } from '../graph/ops/elementwise';
import { mean } from '../graph/ops/mean';
import { sum } from '../graph/ops/reduction';
import { applies, between, drawn, perImage, whereApplied } from './draws';
import { turnHue } from './hue';
import { blendWithGrey, lumaWeights } from './luma';

type Options = Extract<Augmentation, { op: 'color-jitter' }>;

/** Whether it is applied; the order; the factors of brightness, contrast and saturation; the turn of the hue. */
export const draws = 6;

/** Orders of brightness (0), contrast (1) and saturation (2). */
const orders = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
] as const;

/**
 * Brightness, contrast and saturation in an order drawn per image, each held in 0..1, as torchvision's adjust_*; then the
 * hue. (torchvision's ColorJitter puts the hue anywhere in the order, BYOL's code last.) In images of one channel
 * saturation and hue change nothing.
 *
 * @param x [B, C, H, W]
 * @param u [B, draws]
 */
export function apply(x: Tensor, u: Tensor, { p, brightness, contrast, saturation, hue }: Options): Tensor {
  const colour = size(x, 1) === 3;
  const applied = applies(drawn(u, 0), p);
  const factor = (draw: number, strength: number) =>
    whereApplied(applied, between(drawn(u, draw), [Math.max(0, 1 - strength), 1 + strength]), 1);
  const factors = stack([factor(2, brightness), factor(3, contrast), factor(4, colour ? saturation : 0)], 1);
  const steps = brightness + contrast + saturation > 0 ? orders[0].map((_, step) => stepKind(u, step)) : [];
  const jittered = steps.reduce((images, kind) => adjust(images, kind, factors), x);
  if (!colour || hue === 0) return jittered;
  return turnHue(jittered, whereApplied(applied, between(drawn(u, 5), [-hue, hue]), 0));
}

/** Which of the three adjustments stands at a step: [B, 3], one of them 1. */
function stepKind(u: Tensor, step: number): Tensor {
  const kinds = orders.flatMap((order) => order.map((_, kind) => (order[step] === kind ? 1 : 0)));
  const order = cast(multiply(drawn(u, 1), orders.length), 'int32');
  return gather(constant(u.node.graph, 'float32', kinds, [orders.length, 3]), order, 0);
}

/** factor * x, + (1 - factor) * the image's mean grey (contrast), or + (1 - factor) * the pixel's grey (saturation). */
function adjust(x: Tensor, kind: Tensor, factors: Tensor): Tensor {
  const factor = sum(multiply(kind, factors), [1]);
  const rest = subtract(scalar(factor, 1), factor);
  const byMean = multiply(multiply(column(kind, 1), rest), meanGrey(x));
  const scaled =
    size(x, 1) === 3 ? blendWithGrey(x, factor, multiply(column(kind, 2), rest)) : multiply(x, perImage(factor, 4));
  return clamp(add(scaled, perImage(byMean, 4)), 0, 1);
}

/** The mean over all pixels of each image's grey: [B]. */
function meanGrey(x: Tensor): Tensor {
  const [b, c, h, w] = x.shape as [number, number, number, number];
  const means = mean(reshape(x, [b, c, h * w]), [2]);
  if (c === 1) return reshape(means, [b]);
  return sum(multiply(means, constant(x.node.graph, 'float32', lumaWeights, [1, 3])), [1]);
}
