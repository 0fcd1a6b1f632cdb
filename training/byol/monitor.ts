import { elements, size, type Tensor } from '../graph/graph';
import { reshape, slice } from '../graph/ops/array';
import { alignment, effectiveRank, uniformity } from './geometry';
import type { Networks } from './networks';
import { spread } from './spread';

/** Unlabelled images on whose embeddings spread, effective rank, alignment and uniformity are measured. */
export const monitorSample = 512;

/** Images by whose pixels the images' own rank is told: more would cost much and change little. */
const imageRankSample = 128;

/**
 * How the online network sees images, in evaluation mode. Spread, alignment and uniformity are of its projection z, on
 * which the loss acts; the effective rank is of the encoder's features y, which classifiers start from (z of a healthy
 * run on MNIST varies in 3 directions, y in 6, and only y tells the two apart that collapsed to a line). `image_rank` is
 * the effective rank of the pixels of the same images: what there is to be seen.
 *
 * @param images normalized [n, H, W, C], as they are; views: the two views of the same images
 */
export function monitor(
  networks: Networks,
  online: ReturnType<Networks['passes']>['online'],
  images: Tensor,
  views: readonly [Tensor, Tensor],
): Record<string, Tensor> {
  const z = networks.project(online, images);
  const [first, second] = views.map((view) => networks.project(online, view)) as [Tensor, Tensor];
  const count = Math.min(imageRankSample, size(images, 0));
  const pixels = reshape(images, [size(images, 0), elements(images.shape.slice(1))]);
  return {
    spread: spread(z),
    effective_rank: effectiveRank(networks.represent(online.backbone, images)),
    alignment: alignment(first, second),
    uniformity: uniformity(z),
    image_rank: effectiveRank(slice(pixels, [0, 0], [count, -1])),
  };
}
