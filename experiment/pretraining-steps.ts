import type { ExperimentSpec } from './resolve';

/** There are not enough images for one optimizer step. */
export class TooFewImagesError extends Error {
  readonly retryable = false;
  override readonly name = 'TooFewImagesError';
}

/** The quickstart's encoder has nearly twice as many. */
export const fewPretrainingSteps = 1000;

/**
 * Optimizer steps in an epoch of pretraining: each takes batch x accumulate images, and the last, incomplete one is dropped.
 *
 * @param unlabelled number of images
 * @throws TooFewImagesError where that leaves none
 */
export function stepsPerPretrainingEpoch({ pretraining }: ExperimentSpec, unlabelled: number): number {
  const { batch, accumulate } = pretraining;
  const steps = Math.floor(unlabelled / (batch * accumulate));
  if (steps > 0) return steps;
  throw new TooFewImagesError(
    `Pretraining has ${unlabelled} unlabelled images, and one step takes ${batch * accumulate} (pretraining.batch ` +
      `${batch} x pretraining.accumulate ${accumulate}): make them smaller or use more images (dataset.unlabelled).`,
  );
}
