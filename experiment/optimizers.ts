import { z } from 'zod';

// Training computes in float32, in which what is closer to 0 or to 1 than these would be 0 or 1.
const positive = z.number().min(1e-30).max(1e6);
const fraction = z
  .number()
  .min(0)
  .max(1 - 1e-7);

/** Kinds of trained parameters that weight decay can leave out: biases of linear layers; scales and biases of batch norm. */
export const excludable = ['biases', 'batch-norm'] as const;
const exclusions = z
  .array(z.enum(excludable))
  .refine((kinds) => new Set(kinds).size === kinds.length, { message: 'each kind may stand once' });

// Settings that adam and sgd gained later are optional and have no default: one would change the digests of specs that
// run already.
const optionalExclude = exclusions.optional().describe('parameters that weight decay leaves out; default: none');
const clip = positive
  .optional()
  .describe(
    'gradient clipping: largest norm of all gradients of a step together, after accumulation; default: no clipping',
  );

const l2 = z.number().min(0).max(1).default(0).describe('L2: added to the gradient');

const adam = z.strictObject({
  name: z.literal('adam'),
  beta1: fraction.default(0.9),
  beta2: fraction.default(0.999),
  epsilon: positive.default(1e-8),
  weightDecay: l2,
  exclude: optionalExclude,
  clip,
});

const adamw = z.strictObject({
  name: z.literal('adamw'),
  beta1: fraction.default(0.9),
  beta2: fraction.default(0.999),
  epsilon: positive.default(1e-8),
  weightDecay: z
    .number()
    .min(0)
    .max(1)
    .default(0.01)
    .describe('decoupled: learning rate x decay x weight is taken off beside the step, and the moments do not see it'),
  exclude: exclusions.default([...excludable]).describe('parameters that weight decay leaves out; []: none'),
  clip,
});

const sgd = z.strictObject({
  name: z.literal('sgd'),
  momentum: fraction.default(0.9),
  weightDecay: l2,
  exclude: optionalExclude,
  clip,
});

const lars = z.strictObject({
  name: z.literal('lars'),
  momentum: fraction.default(0.9),
  weightDecay: z.number().min(0).max(1).default(1.5e-6).describe('L2: added to the gradient, before its adaptation'),
  trust: positive
    .max(1)
    .default(1e-3)
    .describe('eta: the length of a step by the length of its weights, at a learning rate of 1 and without momentum'),
  exclude: exclusions
    .default([...excludable])
    .describe('parameters without weight decay and without adaptation, which take plain momentum steps; []: none'),
  clip,
});

/** An optimizer by its name, with its settings; the formulas are in training/optimizers/. */
export const optimizer = z.discriminatedUnion('name', [adam, adamw, sgd, lars]);
export type Optimizer = z.output<typeof optimizer>;
