import { elements, size, type Tensor } from '../graph/graph';
import { reshape, slice } from '../graph/ops/array';
import { partByPart } from '../graph/ops/parts';
import { gatherBytes, normalizeBytes, normalizeImages, type ImageFormat } from '../images';
import { alignment, effectiveRank, uniformity } from './geometry';
import type { ByolStep } from './step';
import { spread } from './spread';

/** Pixels that are encoded, with their views, at a time: 128 images of 96x96. All would take more memory than a step of training. */
const monitorPixels = 128 * 96 * 96;
const mostOfPart = 128;

/** Images by whose pixels the images' own rank is told: more would cost much and change little. */
const imageRankSample = 128;

/**
 * How the online network sees images, in evaluation mode. Spread, alignment and uniformity are of its projection z, on
 * which the loss acts; the effective rank is of the encoder's features y, which classifiers start from (z of a healthy
 * run on MNIST varies in 3 directions, y in 6, and only y tells the two apart that collapsed to a line). `image_rank` is
 * the effective rank of the pixels of the same images: what there is to be seen.
 *
 * @param indices [n] int32 of the images @param draws of their views
 */
export function monitor(
  step: ByolStep,
  format: ImageFormat,
  indices: Tensor,
  draws: readonly [Tensor, Tensor],
): Record<string, Tensor> {
  const { networks } = step;
  const { features, projection } = networks.sizes;
  const widths = [features, projection, projection, projection];
  const normalized = (places: Tensor) => normalizeBytes(format, gatherBytes(format, places));
  const part = Math.max(1, Math.min(mostOfPart, Math.floor(monitorPixels / (format.height * format.width))));
  const embeddings = partByPart('monitor', part, [indices, ...draws], widths, (body, rows) => {
    const [places, ...drawn] = rows as [Tensor, Tensor, Tensor];
    const { online } = networks.passes(body, false);
    const { y, z } = networks.embed(online, normalized(places));
    const views = step.views(places, drawn);
    return [y, z, ...views.map((view) => networks.project(online, normalizeImages(format, view)))];
  });
  const [y, z, first, second] = embeddings as [Tensor, Tensor, Tensor, Tensor];
  const some = Math.min(imageRankSample, size(indices, 0));
  const images = normalized(slice(indices, [0], [some]));
  return {
    spread: spread(z),
    effective_rank: effectiveRank(y),
    alignment: alignment(first, second),
    uniformity: uniformity(z),
    image_rank: effectiveRank(reshape(images, [some, elements(images.shape.slice(1))])),
  };
}
