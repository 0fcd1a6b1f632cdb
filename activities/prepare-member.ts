import { join } from 'node:path';
import { contentDigest } from '../experiment/digest';
import { differences } from '../experiment/overrides';
import { parseSpec, specDigest, type ExperimentSpec } from '../experiment/resolve';
import { memberName } from '../experiment/sweep/halving';
import { continues, memberSpec, parsePlan, type SweepPlan } from '../experiment/sweep/plan';
import { commitCheckpoint } from '../storage/checkpoint';
import { latestCheckpoint, restoreLatestCheckpoint } from '../storage/checkpoint-restore';
import * as keys from '../storage/keys';
import type { ObjectStore } from '../storage/object-store';
import type { ExperimentRef, FetchDependencies } from './fetch-dataset';
import { withPulse } from './pulse';
import { scratchFolder } from './scratch';

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

/** @returns the activity `prepareMember`: the spec of a member's experiment, recorded as `byol start` records one. */
export function createPrepareMember({ store, scratch }: FetchDependencies): PrepareMember {
  return ({ sweep, member, rung, after }) =>
    withPulse({ stage: 'prepare' }, async () => {
      const plan = await readPlan(store, sweep);
      const spec = memberSpec(plan, member, rung);
      await record(store, spec);
      const prepared = { spec, ref: { name: spec.name, specDigest: specDigest(spec) } };
      if (after !== undefined && continues(spec))
        await bringPretraining({ store, scratch }, memberName(plan.name, plan, member, after), prepared);
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

async function record(store: ObjectStore, spec: ExperimentSpec): Promise<void> {
  const key = keys.experimentSpec(spec.name);
  const body = Buffer.from(`${JSON.stringify(spec, null, 2)}\n`);
  if ((await store.putIfAbsent(key, body, { contentType: 'application/json' })) === 'created') return;
  const changed = differences(parseSpec(JSON.parse((await store.get(key)).toString('utf8'))), spec);
  if (changed.length === 0) return;
  throw new SweepChangedError(
    `The sweep has a member "${spec.name}", and there is an experiment of that name with other settings (${changed.join('; ')}). ` +
      `Start the sweep under another name (name=...).`,
  );
}

/**
 * Puts the pretraining of an earlier rung under the experiment of the next, which goes on from there. Orders, views and
 * weights are named by seed, epoch and step and by no experiment, so the result is that of training anew.
 */
async function bringPretraining(
  { store, scratch }: FetchDependencies,
  from: string,
  { spec, ref }: PreparedMember,
): Promise<void> {
  for (const seed of spec.seeds) {
    const run = keys.pretrainingRun(seed);
    const to = { experiment: spec.name, run };
    if ((await latestCheckpoint(store, to)) !== null) continue;
    await scratchFolder(scratch, async (folder) => {
      const stateFile = join(folder, 'state');
      const { checkpoint } = await restoreLatestCheckpoint(store, { experiment: from, run }, stateFile);
      if (!checkpoint) return;
      const { position, program, metadata } = checkpoint.manifest;
      const own = { ...metadata, spec: ref.specDigest };
      await commitCheckpoint(store, { ...to, position, program, stateFile, metadata: own, parentKey: null });
    });
  }
  const samples = await store.getIfPresent(keys.samples(from));
  if (samples) await store.putIfAbsent(keys.samples(spec.name), samples.body, { contentType: 'application/json' });
}
