import { contentDigest } from '../../experiment/digest';
import { recordOnce } from '../../experiment/record';
import { specDigest } from '../../experiment/digest';
import type { ExperimentSpec } from '../../experiment/resolve';
import { membershipOf } from '../../experiment/sweep/candidates';
import { memberName } from '../../experiment/sweep/halving';
import { memberSpec, parsePlan, type SweepPlan } from '../../experiment/sweep/plan';
import { baselineIdentity, continues, pretrainingIdentity } from '../../experiment/sweep/shared';
import * as keys from '../../storage/keys';
import type { ObjectStore } from '../../storage/object-store';
import { getSealed, putSealed } from '../../storage/sealed';
import { bringBaseline, bringPretraining } from './bring-runs';
import type { FetchDependencies } from '../dataset/fetch-dataset';
import { withPulse } from '../pulse';
import { parseStoredSpec, type ExperimentRef } from '../read-spec';

/** Names a sweep and the plan that it was started with. */
export interface SweepRef {
  name: string;
  /** Digest of the plan. */
  plan: string;
}

export interface PrepareMemberInput {
  sweep: SweepRef;
  /** From 1. */
  member: number;
  /** From 1. */
  rung: number;
  /** The rung that the member came from; its pretraining is gone on with where schedules permit. */
  after?: number | undefined;
  /** Members that are through this rung; stages that they have in common with this one are taken from them. */
  tried: number[];
}

/** What the experiment of a member is started with. */
export interface PreparedMember {
  spec: ExperimentSpec;
  ref: ExperimentRef;
}

export type PrepareMember = (input: PrepareMemberInput) => Promise<PreparedMember>;

/** The bucket holds something else than the sweep was started with. */
export class SweepChangedError extends Error {
  readonly retryable = false;
  override readonly name = 'SweepChangedError';
}

/**
 * @returns the activity `prepareMember`: records the spec of a member's experiment as `byol start` records one, says beside it
 * that it is a member, for its report, and puts under it what is in storage already: stages that other members had in common with it, and its own shorter pretraining.
 */
export function createPrepareMember(dependencies: FetchDependencies): PrepareMember {
  const { store } = dependencies;
  return ({ sweep, member, rung, after, tried }) =>
    withPulse({ stage: 'prepare' }, async () => {
      const plan = await readPlan(store, sweep);
      const spec = await record(store, memberSpec(plan, member, rung));
      const membership = Buffer.from(`${JSON.stringify(membershipOf(plan, member), null, 2)}\n`);
      await store.put(keys.experimentSweep(spec.name), membership, { contentType: 'application/json' });
      const prepared = { spec, ref: { name: spec.name, specDigest: specDigest(spec) } };
      const others = tried.filter((other) => other !== member).map((other) => memberSpec(plan, other, rung));
      const pretrained = others.find((other) => pretrainingIdentity(other) === pretrainingIdentity(spec));
      const baseline = others.find((other) => baselineIdentity(other) === baselineIdentity(spec));
      if (pretrained) await bringPretraining(dependencies, pretrained.name, prepared, spec.pretraining.epochs);
      if (baseline) await bringBaseline(dependencies, baseline.name, prepared);
      if (after !== undefined && continues(spec))
        await bringPretraining(dependencies, memberName(plan.name, plan, member, after), prepared);
      return prepared;
    });
}

async function readPlan(store: ObjectStore, { name, plan: digest }: SweepRef): Promise<SweepPlan> {
  const key = keys.sweepPlan(name);
  const stored: unknown = JSON.parse((await store.get(key)).toString('utf8'));
  if (contentDigest(stored) === digest) return parsePlan(stored);
  throw new SweepChangedError(
    `The plan of the sweep ${name} (${key} in ${store.location}) is not the one that the sweep was started with: somebody wrote ` +
      `over it. Put the old one back, or start a sweep under a new name.`,
  );
}

async function record(store: ObjectStore, spec: ExperimentSpec): Promise<ExperimentSpec> {
  const key = keys.experimentSpec(spec.name);
  const { changed, stored } = await recordOnce(
    spec,
    (body) => putSealed(store, key, body, keys.experimentRuns(spec.name)),
    async () => parseStoredSpec(key, await getSealed(store, key)),
  );
  if (changed.length === 0) return stored;
  throw new SweepChangedError(
    `The sweep has a member "${spec.name}", and there is an experiment of that name with other settings (${changed.join('; ')}). ` +
      `Start the sweep under another name (name=...).`,
  );
}
