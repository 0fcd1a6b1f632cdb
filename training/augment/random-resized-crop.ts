import type { Augmentation } from '../../experiment/augmentation';
import { first, size, type Tensor } from '../graph/graph';
import { reshape, slice } from '../graph/ops/array';
import { constant } from '../graph/ops/constant';
import {
  abs,
  add,
  cast,
  divide,
  exp,
  floor,
  less,
  minimum,
  multiply,
  negate,
  scalar,
  sqrt,
  subtract,
  where,
} from '../graph/ops/elementwise';
import { relu } from '../graph/ops/relu';
import { matmul } from '../graph/ops/matmul';
import { sum } from '../graph/ops/reduction';
import { between, drawn, perImage } from './draws';
import type { Resampling } from './resampling';

type Options = Extract<Augmentation, { op: 'random-resized-crop' }>;

/** Crops whose area and ratio are drawn before the central one is taken, as in torchvision's RandomResizedCrop. */
const tries = 10;

/** Areas of all tries, ratios of all tries, position in y and in x. */
export const draws = 2 * tries + 2;

/**
 * A random box, enlarged to the image's size by bilinear interpolation, as torchvision's RandomResizedCrop.
 *
 * @param u [B, draws]
 */
export function resampling(u: Tensor, [height, width]: readonly [number, number], options: Options): Resampling {
  const box = boxes(u, height, width, options);
  return {
    rows: triangleFilter(box.top, box.height, height),
    columns: triangleFilter(box.left, box.width, width),
  };
}

/** Whole pixels, each [B]. The first try that fits into the image counts; where none does, the central box. */
function boxes(u: Tensor, height: number, width: number, { scale, ratio }: Options) {
  const of = (start: number) => slice(u, [0, start], [size(u, 0), tries]);
  const area = multiply(between(of(0), scale), height * width);
  const aspect = exp(between(of(tries), [Math.log(ratio[0]), Math.log(ratio[1])]));
  const widths = rint(sqrt(multiply(area, aspect)));
  const heights = rint(sqrt(divide(area, aspect)));
  const fits = multiply(within(widths, width), within(heights, height));
  // [tries, tries]: how many earlier tries fitted
  const earlier = Array.from({ length: tries * tries }, (_, at) => (Math.floor(at / tries) < at % tries ? 1 : 0));
  const before = matmul(fits, constant(u.node.graph, 'float32', earlier, [tries, tries]));
  const counts = multiply(fits, cast(less(before, 0.5), 'float32'));
  const any = less(scalar(u, 0.5), sum(counts, [1]));
  const [centralHeight, centralWidth] = centralBox(height, width, ratio);
  const place = (lengths: Tensor, central: number, full: number, draw: Tensor) => {
    const length = where(any, sum(multiply(counts, lengths), [1]), scalar(u, central));
    const free = subtract(scalar(u, full), length);
    const start = minimum(floor(multiply(draw, add(free, 1))), free);
    return [where(any, start, scalar(u, Math.floor((full - central) / 2))), length] as const;
  };
  const [top, boxHeight] = place(heights, centralHeight, height, drawn(u, 2 * tries));
  const [left, boxWidth] = place(widths, centralWidth, width, drawn(u, 2 * tries + 1));
  return { top, left, height: boxHeight, width: boxWidth };
}

/** To the nearest whole number, halves to the even one: Python's round. */
const rint = (x: Tensor): Tensor =>
  first(
    x.node.graph.add('Rint', [x], {
      attributes: { T: { type: 'float32' } },
      outputs: [{ slot: 'y', dtype: 'float32', shape: x.shape }],
    }),
  );

/** 1 where 0 < length <= full. */
const within = (length: Tensor, full: number): Tensor =>
  multiply(cast(less(length, full + 0.5), 'float32'), cast(less(negate(length), -0.5), 'float32'));

/** The largest central box whose ratio (width / height) is in range; [height, width]. */
function centralBox(height: number, width: number, [low, high]: Options['ratio']): [number, number] {
  if (width / height < low) return [toEven(width / low), width];
  if (width / height > high) return [height, toEven(height * high)];
  return [height, width];
}

/** Rounded as `rint` does. */
const toEven = (x: number): number => (x % 1 === 0.5 ? 2 * Math.round(x / 2) : Math.round(x));

/**
 * Weights [B, size, size] of the pixels of a line for each pixel of its resized box: a triangle around the pixel's centre,
 * as wide as the source's pixels on either side, cut at the box. A box is never larger than the image, so it is only ever
 * enlarged, and antialiasing has nothing to do.
 */
function triangleFilter(start: Tensor, length: Tensor, size: number): Tensor {
  const b = start.shape[0] as number;
  const line = Array.from({ length: size }, (_, at) => at + 0.5);
  const places = constant(start.node.graph, 'float32', line, [1, size]);
  const [from, to] = [perImage(start, 2), perImage(add(start, length), 2)];
  const centres = add(from, multiply(perImage(multiply(length, 1 / size), 2), places));
  const inside = multiply(cast(less(from, places), 'float32'), cast(less(places, to), 'float32'));
  // Pixels outside of the box go out of reach.
  const pixels = add(places, multiply(subtract(scalar(inside, 1), inside), 1e6));
  const distance = abs(subtract(reshape(pixels, [b, 1, size]), reshape(centres, [b, size, 1])));
  const weights = relu(subtract(scalar(distance, 1), distance));
  return divide(weights, sum(weights, [2], true));
}
