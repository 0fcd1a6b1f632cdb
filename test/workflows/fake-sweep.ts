import { WorkflowIdReusePolicy } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { PrepareMemberInput } from '../../activities/sweep/prepare-member';
import { CPU_QUEUE } from '../../experiment/names';
import { applyOverrides } from '../../experiment/overrides';
import { specDigest } from '../../experiment/digest';
import { parseSpec, type ExperimentSpec } from '../../experiment/resolve';
import type { Leaderboard } from '../../experiment/sweep/leaderboard';
import { settingsText, type Axis } from '../../experiment/sweep/grid';
import type { Halving } from '../../experiment/sweep/halving';
import { memberSpec, planSweep, type SweepPlan } from '../../experiment/sweep/plan';
import type { sweep } from '../../workflows/sweep';
import { fakeActivities, type Activities, type Call, type Fakes } from './fake-activities';

/** A sweep over a spec. */
export function smallPlan(name: string, spec: ExperimentSpec, axes: readonly Axis[], halving: Halving): SweepPlan {
  return planSweep({ name, axes, fixed: [], ...halving }, (set) => parseSpec(applyOverrides(spec, set)));
}

/** Starts, or resumes, as the command line does. */
export function startSweep(
  environment: TestWorkflowEnvironment,
  { name, members, rungs, keep }: SweepPlan,
  shared = false,
) {
  const input = {
    ref: { name, plan: 'p'.repeat(64) },
    dataset: 'mnist-idx',
    members: members.map(({ settings }) => settingsText(settings)),
    ...{ rungs, keep, shared },
  };
  return environment.client.workflow.start<typeof sweep>('sweep', {
    taskQueue: CPU_QUEUE,
    workflowId: name,
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
    args: [input],
  });
}

/** Activities of a sweep and of its members' experiments, each with checkpoints of its own. */
export interface SweepFakes {
  activities: Activities;
  /** By the experiment's name, in the order in which they were begun. */
  experiments: Map<string, Fakes>;
  prepared: PrepareMemberInput[];
  /** What a bucket would hold. */
  kept: Leaderboard[];
}

/**
 * @param accuracy of a member's experiment on the validation split, by its spec
 * @param before run before each activity of an experiment: throw to fail it, wait to hold it
 */
export function fakeSweep(
  plan: SweepPlan,
  accuracy: (spec: ExperimentSpec) => number,
  before: (call: Call, experiment: string) => Promise<void> = async () => {},
): SweepFakes {
  const experiments = new Map<string, Fakes>();
  const specs = new Map<string, ExperimentSpec>();
  const prepared: PrepareMemberInput[] = [];
  const kept: Leaderboard[] = [];
  const of = ({ experiment: { name } }: { experiment: { name: string } }): Activities => {
    const known = experiments.get(name);
    const fakes =
      known ??
      fakeActivities(
        (call) => before(call, name),
        () => accuracy(specs.get(name) as ExperimentSpec),
      );
    experiments.set(name, fakes);
    return fakes.activities;
  };
  const activities: Activities = {
    ...fakeActivities().activities,
    fetchDataset: (input) => of(input).fetchDataset(input),
    pretrainEpochs: (input) => of(input).pretrainEpochs(input),
    trainClassifierEpochs: (input) => of(input).trainClassifierEpochs(input),
    evaluate: (input) => of(input).evaluate(input),
    exportModels: (input) => of(input).exportModels(input),
    writeReport: (input) => of(input).writeReport(input),
    prepareMember: (input) => {
      const spec = memberSpec(plan, input.member, input.rung);
      specs.set(spec.name, spec);
      prepared.push(input);
      return Promise.resolve({ spec, ref: { name: spec.name, specDigest: specDigest(spec) } });
    },
    recallLeaderboard: () => Promise.resolve(kept.at(-1) ?? null),
    keepLeaderboard: (leaderboard) => Promise.resolve(void kept.push(leaderboard)),
  };
  return { activities, experiments, prepared, kept };
}
