import { z } from 'zod';

/**
 * What is compared, in the order in which it is shown. supervised: the whole network from random weights, the baseline;
 * linear-probe: a linear head on the pretrained encoder, which stays as it is; fine-tuned: the whole network from the
 * weights that pretraining left.
 */
export const arms = ['supervised', 'linear-probe', 'fine-tuned'] as const;
export type Arm = (typeof arms)[number];

/** The arms of one experiment: the baseline and at least one that starts from the pretrained encoder, in `arms`' order. */
export const armList = z
  .array(z.enum(arms))
  .min(2)
  .max(arms.length)
  .refine((list) => new Set(list).size === list.length, { message: 'each arm may stand once' })
  .refine((list) => list.includes('supervised'), {
    message: "must hold 'supervised', the baseline that the others are compared with",
  });

const shares = "must be a share such as '10%' or '0.5%', above 0% and below 100%";

/** A share of the training images outside of validation. */
const percent = z
  .templateLiteral([z.number(), '%'], { error: shares })
  .refine((text) => /^(?:[1-9]\d?|0(?=\.))(?:\.\d{0,2}[1-9])?%$/.test(text), { message: shares });

/** How many labelled images a classifier may train on. */
export const labelBudget = z.union([z.int().min(1).max(100_000_000), z.literal('all'), percent]);
export type LabelBudget = z.output<typeof labelBudget>;

/** Names one side of one comparison of an experiment. */
export interface ComparisonOf {
  seed: number;
  arm: Arm;
  labels: LabelBudget;
}
