import type { Augmentation } from '../../experiment/augmentation';
import { elements, size, type Tensor } from '../graph/graph';
import { after, concat, slice } from '../graph/ops/array';
import { uniform } from '../graph/ops/random';
import * as colorJitter from './color-jitter';
import * as gaussianBlur from './gaussian-blur';
import * as grayscale from './grayscale';
import * as horizontalFlip from './horizontal-flip';
import * as randomAffineCrop from './random-affine-crop';
import * as randomContrast from './random-contrast';
import * as randomResizedCrop from './random-resized-crop';
import { compose, resample, type Resampling } from './resampling';
import * as solarize from './solarize';

/** Images with a resampling that has not met them yet, so that the next one can join it. */
interface Images {
  pixels: Tensor;
  pending: Resampling;
}

/** Draws needed for an image, and the operation on a batch. */
interface Operation {
  draws: number;
  apply: (images: Images, u: Tensor) => Images;
}

/**
 * Applies a list of augmentations, each drawn per image.
 *
 * @param x [B, C, H, W] float32 in 0..1
 * @param name two int32 scalars that name the draws
 */
export function augment(x: Tensor, list: readonly Augmentation[], name: readonly [Tensor, Tensor]): Tensor {
  if (list.length === 0) return x;
  return augmentWith(x, list, uniform(name, [size(x, 0), drawsOf(list)]));
}

/** Draws that a list needs for each image. */
export const drawsOf = (list: readonly Augmentation[]): number =>
  list.reduce((total, augmentation) => total + operation(augmentation).draws, 0);

/** A mebibyte of float32: what an operation makes of so much is in a core's cache when the next takes it. */
const cachedNumbers = 2 ** 18;
/** The program has all operations for each part. */
const mostParts = 16;

/** The same with given draws. @param u [B, drawsOf(list)] in [0, 1), in the order of the list */
export function augmentWith(x: Tensor, list: readonly Augmentation[], u: Tensor): Tensor {
  const parts = x.node.graph.device === 'cpu' ? Math.min(mostParts, Math.ceil(elements(x.shape) / cachedNumbers)) : 1;
  if (parts === 1 || list.length === 0) return augmentPart(x, list, u);
  const [count, ...rest] = x.shape as [number, number, number, number];
  const part = Math.ceil(count / parts);
  const done: Tensor[] = [];
  for (let from = 0; from < count; from += part) {
    const rows = Math.min(part, count - from);
    const before = done.slice(-1).map(({ node }) => node);
    const images = after(slice(x, [from, 0, 0, 0], [rows, ...rest]), before);
    done.push(augmentPart(images, list, after(slice(u, [from, 0], [rows, size(u, 1)]), before)));
  }
  return concat(done, 0);
}

function augmentPart(x: Tensor, list: readonly Augmentation[], u: Tensor): Tensor {
  let images: Images = { pixels: x, pending: {} };
  let start = 0;
  for (const augmentation of list) {
    const { draws, apply } = operation(augmentation);
    const never = 'p' in augmentation && augmentation.p === 0;
    if (!never) images = apply(images, slice(u, [0, start], [size(u, 0), draws]));
    start += draws;
  }
  return settle(images);
}

const settle = ({ pixels, pending }: Images): Tensor => resample(pixels, pending);

/** An operation that moves pixels within the image. */
function moving<O>(
  op: { draws: number; resampling: (u: Tensor, size: readonly [number, number], options: O) => Resampling },
  options: O,
): Operation {
  return {
    draws: op.draws,
    apply: ({ pixels, pending }, u) => ({
      pixels,
      pending: compose(pending, op.resampling(u, [size(pixels, 2), size(pixels, 3)], options)),
    }),
  };
}

/** An operation on the pixels as they are. */
const changing = <O>(
  op: { draws: number; apply: (x: Tensor, u: Tensor, options: O) => Tensor },
  options: O,
): Operation => ({
  draws: op.draws,
  apply: (images, u) => ({ pixels: op.apply(settle(images), u, options), pending: {} }),
});

function operation(augmentation: Augmentation): Operation {
  switch (augmentation.op) {
    case 'random-resized-crop':
      return moving(randomResizedCrop, augmentation);
    case 'horizontal-flip':
      return moving(horizontalFlip, augmentation);
    case 'gaussian-blur':
      return moving(gaussianBlur, augmentation);
    case 'random-affine-crop':
      return changing(randomAffineCrop, augmentation);
    case 'color-jitter':
      return changing(colorJitter, augmentation);
    case 'random-contrast':
      return changing(randomContrast, augmentation);
    case 'grayscale':
      return changing(grayscale, augmentation);
    case 'solarize':
      return changing(solarize, augmentation);
  }
}
