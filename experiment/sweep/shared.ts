import { canonicalJson } from '../digest';
import type { ExperimentSpec } from '../resolve';
import type { SweepPlan } from './plan';

/**
 * Whether a longer pretraining begins as a shorter one does, so that it may go on from its end: nothing in it is spread
 * over the whole length.
 */
export const continues = ({ pretraining: { schedule, tau } }: ExperimentSpec): boolean =>
  schedule.warmup === 0 && schedule.decay === 'constant' && tau.schedule === 'constant';

/** Two specs of which this is the same pretrain the same encoders: all but what classifiers alone depend on. */
export function pretrainingIdentity(spec: ExperimentSpec): string {
  const { name: _name, description: _words, labels: _labels, arms: _arms, classifier: _classifier, ...rest } = spec;
  return canonicalJson(rest);
}

/** Two specs of which this is the same train the same supervised baselines: all but pretraining. */
export function baselineIdentity(spec: ExperimentSpec): string {
  const { name: _name, description: _words, pretraining: _pretraining, ...rest } = spec;
  return canonicalJson(rest);
}

/** Whether any two members have a stage in common, which is then trained once. */
export function sharesWork({ members }: SweepPlan): boolean {
  return [pretrainingIdentity, baselineIdentity].some(
    (identity) => new Set(members.map(({ spec }) => identity(spec))).size < members.length,
  );
}
