import { z } from 'zod';
import { canonicalJson } from '../digest';
import type { ExperimentSpec } from '../resolve';
import { searchGrid } from '../search-grid';
import type { SweepPlan } from './plan';

const count = z.int().min(1);

/** That an experiment is a member of a sweep, and how much each side was chosen from; the object `experiments/NAME/sweep.json`. */
export const sweepMembership = z.strictObject({
  format: z.literal('durable-byol-membership/1'),
  sweep: z.string(),
  /** From 1. */
  member: count,
  members: count,
  /** Members that differ from an earlier one in pretraining alone: the baseline has nothing new there. */
  pretrainingOnly: z.int().min(0),
  /** Settings that each side was chosen from by the validation split: members that it depends on, times their own search. */
  settings: z.strictObject({ pretrained: count, supervised: count }),
});
export type SweepMembership = z.output<typeof sweepMembership>;

/** What a supervised baseline depends on: neither pretraining nor the images that it is done on. */
function baselineSettings(spec: ExperimentSpec): string {
  const { name: _name, description: _words, pretraining: _pretraining, dataset, ...rest } = spec;
  const { unlabelled: _images, ...images } = dataset;
  return canonicalJson({ ...rest, dataset: images });
}

/** @param member from 1 */
export function membershipOf({ name, members }: SweepPlan, member: number): SweepMembership {
  const specs = members.map(({ spec }) => spec);
  const baselines = [...new Map(specs.map((spec) => [baselineSettings(spec), spec])).values()];
  const settingsOf = (some: readonly ExperimentSpec[]) =>
    some.reduce((sum, { classifier }) => sum + searchGrid(classifier).length, 0);
  return {
    format: 'durable-byol-membership/1',
    ...{ sweep: name, member, members: specs.length },
    pretrainingOnly: specs.length - baselines.length,
    settings: { pretrained: settingsOf(specs), supervised: settingsOf(baselines) },
  };
}
