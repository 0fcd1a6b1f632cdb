import { z } from 'zod';
import { augmentationList } from './augmentation';
import { armList, labelBudget } from './comparison';
import { dataset } from './datasets';
import { sha256Hex } from './file-digests';
import { experimentName } from './names';
import { optimizer } from './optimizers';
import { precisions } from './precision';

/** Micro-batches of an optimizer step. */
export const mostAccumulated = 4096;

/** Widths of heads: of two such layers the matrix between is the largest tensor that weights are kept in. */
const width = z.int().min(1).max(32_768);

/** What float32 does not round to 0. */
const learningRate = z.number().min(1e-30).max(1000).describe('the highest of the schedule; of every optimizer step');
const schedule = z.strictObject({
  warmup: z.number().min(0).max(1).default(0).describe('fraction of all optimizer steps with a linear rise'),
  decay: z.enum(['constant', 'cosine']).default('constant').describe('cosine: down to 0 at the last optimizer step'),
});
export type Schedule = z.output<typeof schedule>;

const views = z
  .union([z.enum(['simclr', 'byol']), z.strictObject({ first: augmentationList, second: augmentationList })])
  .describe(
    "how the two views of an image are made: simclr (SimCLR's list for both, as in the tutorial), byol (the paper's pair), or two lists",
  );

/** torchvision's names of the places in a ResNet where a projector can sit. */
export const projectorLayers = ['layer1', 'layer2', 'layer3', 'layer4', 'avgpool'] as const;

const monitor = z.strictObject({
  every: z
    .int()
    .min(1)
    .max(100_000)
    .default(1)
    .describe('epochs between measurements; the last epoch is always measured'),
  neighbours: z.int().min(1).max(1000).default(20).describe('k of the kNN accuracy on validation images'),
  onCollapse: z
    .enum(['stop', 'continue'])
    .default('stop')
    .describe('stop: pretraining fails and says why; continue: it goes on, and the comparison is called invalid'),
});

const pretraining = z.strictObject({
  epochs: z.int().min(0).max(100_000).describe('passes over the unlabelled images; 0: none, every arm starts alike'),
  batch: z.int().min(2).max(65_536).describe('images in a micro-batch'),
  accumulate: z
    .union([z.int().min(1).max(mostAccumulated), z.literal('auto')])
    .default(1)
    .describe(
      'micro-batches whose gradients, averaged, make one optimizer step; schedules, tau and moving average go by optimizer ' +
        'steps, and batch norm sees each micro-batch by itself. auto (byol start SPEC): batch is then the images of a step, ' +
        "which is divided into as few equal micro-batches as fit into half of what TensorFlow leaves of a worker's memory; the spec that is kept has both " +
        'as numbers',
    ),
  optimizer,
  learningRate,
  schedule: schedule.prefault({}),
  tau: z
    .strictObject({
      base: z
        .number()
        .min(0)
        .max(1)
        .default(0.99)
        .describe('what the target network keeps of itself at each step: nearer to 1 the longer the run'),
      schedule: z.enum(['constant', 'cosine']).default('cosine').describe('cosine: from base to 1 over the whole run'),
    })
    .prefault({}),
  projector: z
    .strictObject({
      layer: z.enum(projectorLayers).default('avgpool').describe("torchvision's name of the layer it sits on"),
      hidden: width.default(4096).describe('width of its hidden layer'),
      output: width.default(256).describe('dimensions that are compared between the views'),
    })
    .prefault({}),
  predictor: z.strictObject({ hidden: width.default(4096).describe('width of its hidden layer') }).prefault({}),
  views: views.default('byol'),
  monitor: monitor.prefault({}),
});

const epochs = z.int().min(1).max(100_000);

const classifier = z.strictObject({
  epochs: z
    .union([
      epochs,
      z
        .array(epochs)
        .min(1)
        .max(20)
        .refine((lengths) => new Set(lengths).size === lengths.length, { message: 'each length may stand once' }),
    ])
    .describe('one length, or a list of which every arm tries all, each a training of its own'),
  batch: z
    .int()
    .min(2)
    .max(65_536)
    .describe('images of a step; all labelled images where there are fewer; the last, incomplete step is dropped'),
  optimizer,
  learningRates: z
    .array(learningRate)
    .min(1)
    .max(20)
    .refine((rates) => new Set(rates).size === rates.length, { message: 'each learning rate may stand once' })
    .describe('every arm tries all of them with every length of epochs; the validation split chooses'),
  schedule: schedule.prefault({}),
  augment: augmentationList.default([]).describe('of the training images, alike in every arm'),
  checkpointEvery: z.int().min(1).max(100_000).default(1).describe('epochs between checkpoints'),
  minStepsPerEpoch: z
    .int()
    .min(1)
    .max(100_000)
    .optional()
    .describe(
      'where the labelled images make fewer steps, an epoch passes over them several times, each in another order',
    ),
});

/** An experiment as the user writes it; see `parseSpec` for what a run is given. */
export const experimentSpec = z.strictObject({
  name: z
    .string()
    .regex(experimentName, {
      message:
        'use 1 to 63 of a-z, 0-9 and "-", not at either end (it names the workflow and the folder in the bucket)',
    })
    .describe('names the workflow and the folder in the bucket'),
  description: z.string().max(2000).default('').describe('the question, for the report'),
  dataset,
  model: z.strictObject({
    backbone: z
      .enum(['resnet18', 'resnet34', 'resnet50', 'resnet-mini'])
      .describe('resnet-mini: four stages of one block each, for small images and CPUs'),
    stem: z
      .enum(['7x7', '5x5', '3x3'])
      .default('7x7')
      .describe('7x7: with max-pooling, as torchvision; 5x5: stride 2; 3x3: stride 1, for small images'),
    width: z.int().min(4).max(512).default(64).describe('channels of the first stage'),
    weights: z
      .string()
      .trim()
      .min(1)
      .max(4096)
      .optional()
      .describe(
        "where every arm and pretraining start, but for the classifier layer: a safetensors or PyTorch file with torchvision's " +
          'names (a path, URL or s3://bucket/key), or byol://EXPERIMENT/seed-S, an encoder that was pretrained here; ' +
          'default: random weights',
      ),
    weightsSha256: sha256Hex.optional().describe('sha256 expected of the file of weights'),
  }),
  precision: z
    .enum(['auto', ...precisions])
    .default('fp32')
    .describe(
      'of convolutions and matrix products in every training of the experiment. auto (byol start SPEC): bf16 where the device of ' +
        'the worker that is asked computes in it, else fp32; the spec that is kept has the precision itself. fp16, with dynamic ' +
        'loss scaling, is for GPUs without bf16 (docs/precision.md)',
    ),
  labels: z
    .array(labelBudget)
    .min(1)
    .max(20)
    .refine((budgets) => new Set(budgets).size === budgets.length, { message: 'each label budget may stand once' })
    .default(['all'])
    .describe(
      'labelled images to train on, drawn anew for each seed; each budget is one comparison. A number: balanced, as many of each ' +
        "class; '10%': of the training images outside of validation, in proportion, at least one of each class",
    ),
  arms: armList
    .default(['supervised', 'fine-tuned'])
    .describe('what is compared: supervised (the baseline), and of linear-probe and fine-tuned one or both'),
  seeds: z
    .array(z.int().min(0).max(2_147_483_647))
    .min(1)
    .max(100)
    .refine((seeds) => new Set(seeds).size === seeds.length, { message: 'each seed may stand once' })
    .default([1, 2, 3])
    .describe('each a whole run of its own: first weights, labels, orders and draws; 3 or more for an interval'),
  pretraining,
  classifier,
});
export type ExperimentSpecInput = z.input<typeof experimentSpec>;
/** A parsed spec; `pretraining.views` may still be a name. */
export type ParsedSpec = z.output<typeof experimentSpec>;
