import { z } from 'zod';
import { arms } from '../comparison';

const accuracy = z.number().min(0).max(1);

/** What a member came to in one rung. Means are over seeds and label budgets, of the classifiers that validation chose. */
const score = z.strictObject({
  rung: z.int().min(1),
  /** The experiment that the rung ran as. */
  experiment: z.string(),
  /** Mean over the arms, on the validation split: by this, and by nothing else, members are promoted. */
  validationAccuracy: accuracy,
  byArm: z.partialRecord(z.enum(arms), accuracy),
});
export type Score = z.output<typeof score>;

const row = z.strictObject({
  /** From 1, as the grid has them. */
  member: z.int().min(1),
  /** What it sets, `pretraining.learningRate=0.001`. */
  settings: z.string(),
  /** tried: has its score of the rung; dropped: was not promoted; winner: has the best of the last rung. */
  state: z.enum(['waiting', 'running', 'tried', 'failed', 'dropped', 'winner']),
  /** The experiment that it runs, or ran last. */
  experiment: z.string(),
  scores: z.array(score),
  failure: z.string().optional(),
});
export type LeaderboardRow = z.output<typeof row>;

/** The standing of a sweep, from the best member to the worst; the object `sweeps/NAME/leaderboard.json`. */
export const leaderboard = z.strictObject({
  format: z.literal('durable-byol-leaderboard/1'),
  sweep: z.string(),
  /** Digest of the sweep's plan: another sweep's standing is never gone on with. */
  plan: z.string(),
  rungs: z.int().min(1),
  /** The rung that is under way, or was last. */
  rung: z.int().min(1),
  rows: z.array(row),
  /** The one look at the test split, at the end. */
  winner: z
    .strictObject({ member: z.int(), experiment: z.string(), headline: z.string(), report: z.string() })
    .optional(),
});
export type Leaderboard = z.output<typeof leaderboard>;
