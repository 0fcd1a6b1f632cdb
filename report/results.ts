import { z } from 'zod';
import type { Collapse } from '../experiment/collapse';
import { arms, labelBudget } from '../experiment/comparison';
import { epochMetrics, measured } from '../experiment/epoch-metrics';
import { sha256Hex } from '../experiment/file-digests';
import { experimentSpec } from '../experiment/spec';
import { sweepMembership } from '../experiment/sweep/candidates';

const fraction = z.number().min(0).max(1);
const count = z.int().min(0);
const text = z.string().max(10_000);

const setting = z.object({ learningRate: z.number().positive(), epochs: z.int().min(1) });

/** How a classifier does on the test split; see classification-metrics.ts for the definitions. */
export const testMetrics = z.object({
  accuracy: fraction,
  count: z.int().min(1).describe('images in the test split'),
  predictionsKey: text.describe('object with a line for each test image, from which all of these can be recomputed'),
  predictionsSha256: sha256Hex.optional().describe('of that object; left out by older versions'),
  top5: fraction.nullable().describe('share of images whose class is among the five likeliest; null up to 5 classes'),
  macroF1: fraction.describe('mean of the F1 of every class, each class alike'),
  ece: fraction.describe('expected calibration error, 15 bins of equal width'),
  confusion: z
    .array(z.array(count))
    .describe('images by true class (rows) and predicted class (columns); empty beyond 1,000 classes'),
  perClass: z
    .array(z.object({ name: text, count, precision: fraction, recall: fraction, f1: fraction }))
    .describe('count: test images of the class; a ratio without a denominator is 0'),
});
export type TestMetrics = z.output<typeof testMetrics>;

/** One seed, one arm, one label budget: the search on the validation split and the one look at the test split. */
export const comparisonResult = z.object({
  seed: count,
  arm: z.enum(arms),
  labels: labelBudget,
  labelCount: z.int().min(1).describe('labelled images trained on: the budget as a number'),
  search: z
    .array(
      z.object({
        ...setting.shape,
        validationAccuracy: fraction,
        validationLoss: measured.describe('mean cross-entropy, nats'),
        curve: z.array(epochMetrics),
      }),
    )
    .min(1)
    .describe('every learning rate with every number of epochs'),
  chosen: setting.describe('best validation accuracy; of equals lower loss, then smaller rate, then fewer epochs'),
  validationAccuracy: fraction.describe('of the chosen setting'),
  test: testMetrics,
});
export type ComparisonResult = z.output<typeof comparisonResult>;

/** `data:image/png;base64,...`: nothing else gets into the page as an image. */
export const pngDataUri = z.string().regex(/^data:image\/png;base64,[A-Za-z0-9+/]+={0,2}$/);

/** What the files of images of one's own were, as the importer's survey tells it. */
const side = z.object({ width: count, height: count });
export const imagesAccount = z.object({
  found: count,
  used: count,
  layout: z.object({ size: count, fit: text }),
  sizes: z.object({ smallest: side, median: side, largest: side }).nullable(),
  classes: z.array(z.object({ name: text, train: count, validation: count, test: count, skipped: count })),
  skipped: z.array(z.object({ reason: text, count, files: z.array(text) })),
  overlaps: z
    .array(z.object({ what: text, count, example: text, flatters: z.boolean().default(false) }))
    .describe(
      'duplicates, leakage, conflicts; flatters: the accuracy on the test split, as a labelled image shows the same',
    ),
  remarks: z.array(text),
});

const thumbnail = z.object({ source: pngDataUri, label: text });

/** See experiment/collapse.ts. */
export const collapse: z.ZodType<Collapse> = z.object({ epoch: count, reason: text });

/** All that the report is made of: what write-report gathers from storage. Plain JSON. */
export const experimentResults = z.object({
  experiment: text,
  spec: experimentSpec.describe('resolved: as the run used it'),
  weights: z
    .object({ digest: text, source: text, file: text.describe('sha256 of the file'), remarks: z.array(text) })
    .optional()
    .describe('what every arm and pretraining start from, where the spec gives it; else random weights'),
  sweep: sweepMembership.optional().describe('the sweep that it is a member of'),
  question: text.optional().describe("the spec's description, where the user gave one"),
  dataset: z.object({
    digest: text,
    kind: text,
    image: z.object({ height: count, width: count, channels: count }),
    classes: z.array(text),
    counts: z.record(z.string(), count).describe('images by split or use: unlabelled, train, validation, test'),
  }),
  pretraining: z.array(
    z.object({
      seed: count,
      epochs: z.array(epochMetrics),
      checkpoint: text.describe('sha256 of the final state'),
      collapsed: collapse.nullable().default(null).describe('null: healthy at the end'),
    }),
  ),
  comparisons: z.array(comparisonResult),
  imageIntervals: z
    .array(
      z.object({
        labels: labelBudget,
        arm: z.enum(arms),
        against: labelBudget.optional().describe('labels of the supervised arm; left out: the same'),
        interval: z.tuple([z.number(), z.number()]).describe('95 %, bootstrap over the test images, 0..1 scale'),
        withSeeds: z
          .tuple([z.number(), z.number()])
          .nullable()
          .default(null)
          .describe('the same over seeds and test images; null for one seed'),
      }),
    )
    .default([])
    .describe('of the gain over the supervised arm, with as many labels and with more'),
  images: imagesAccount.optional(),
  neighbours: z
    .array(z.object({ query: thumbnail, nearest: z.array(thumbnail) }))
    .default([])
    .describe("test images and those nearest to them in the first seed's encoder, by cosine"),
  map: z
    .array(z.object({ x: z.number(), y: z.number(), label: count, source: pngDataUri.optional() }))
    .default([])
    .describe("UMAP of the first seed's features of test images; some with their picture"),
  samples: z.array(z.object({ original: pngDataUri, views: z.array(z.tuple([pngDataUri, pngDataUri])) })),
  provenance: z.object({
    version: text,
    commit: text.optional(),
    node: text,
    tensorflow: text,
    device: text,
    cpu: text,
    threads: z.int().min(1).describe("within one operation of the classifiers' programs"),
    threadsOfPretraining: z.int().min(1).optional().describe('where they are others than those of the classifiers'),
    cores: z.int().min(1).optional().describe('of the machine; unknown of older runs'),
    devices: z.int().min(1).optional().describe('of a worker, each with one training at a time; unknown of older runs'),
    startedAt: z.iso.datetime(),
    finishedAt: z.iso.datetime(),
    workers: z.array(text),
    secondsByStage: z.record(z.string(), z.number().min(0)).describe('of training, added up over the devices'),
    digests: z.object({ dataset: text, spec: text }),
    command: text.describe('reproduces the run'),
  }),
});
export type ExperimentResults = z.output<typeof experimentResults>;
