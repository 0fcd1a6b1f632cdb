import { z } from 'zod';

/** What is compared: training from random weights, and from the weights that pretraining left. */
export const arms = ['supervised', 'fine-tuned'] as const;
export type Arm = (typeof arms)[number];

/** How many labelled images a classifier may train on. */
export const labelBudget = z.union([z.int().min(1).max(100_000_000), z.literal('all')]);
export type LabelBudget = z.output<typeof labelBudget>;

/** Names one side of one comparison of an experiment. */
export interface ComparisonOf {
  seed: number;
  arm: Arm;
  labels: LabelBudget;
}
