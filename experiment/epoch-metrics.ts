import { z } from 'zod';

const fraction = z.number().min(0).max(1);
const count = z.int().min(0);
/** A measured number; one that was not finite (a diverged run) is null in JSON and NaN here. */
export const measured = z.union([z.number(), z.nan(), z.null()]).transform((value) => value ?? NaN);

/** What one epoch of any training left behind. Plain JSON; kept with checkpoints and carried by activity results. */
export const epochMetrics = z.object({
  epoch: count.describe('finished epochs, this one included: the first is 1'),
  steps: count.describe('optimizer steps in this epoch'),
  loss: measured.describe('mean over the steps; BYOL: 0..8 (both directions), classifier: cross-entropy in nats'),
  learningRate: z.number().min(0).describe('at the last step of the epoch'),
  tau: fraction.optional().describe("pretraining: the target network's decay at the last step"),
  spread: measured
    .optional()
    .describe(
      'pretraining: standard deviation of the L2-normalized embedding (the projection) times sqrt(d); 1 healthy, 0 collapsed',
    ),
  effectiveRank: measured
    .optional()
    .describe("pretraining: directions in which the encoder's normalized features vary; 1: one line, or none at all"),
  imageRank: measured.optional().describe('pretraining: the same of the pixels of these images'),
  alignment: measured
    .optional()
    .describe('pretraining: mean squared distance of the embeddings of two views of an image; 0 to 4'),
  uniformity: measured
    .optional()
    .describe('pretraining: log of the mean Gaussian potential of pairs of embeddings; 0: one point, lower: more even'),
  knnAccuracy: fraction
    .optional()
    .describe("pretraining: validation images classed by their nearest labelled neighbours in the encoder's features"),
  knnBefore: fraction.optional().describe('pretraining, its first epoch: the same by the weights that it started from'),
  validationAccuracy: fraction
    .optional()
    .describe('classifier: on the validation split, of epochs that end in a checkpoint'),
  imagesPerSecond: z.number().min(0),
  at: z.iso.datetime().optional().describe('when the epoch ended'),
  seconds: z.number().min(0),
  worker: z.string().max(10_000).describe('identity of the worker that trained it'),
});
export type EpochMetrics = z.output<typeof epochMetrics>;
