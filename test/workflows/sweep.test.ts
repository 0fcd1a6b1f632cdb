import { Context } from '@temporalio/activity';
import type { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { ExperimentSpec } from '../../experiment/resolve';
import type { SweepPlan } from '../../experiment/sweep/plan';
import { progressQuery } from '../../workflows/board';
import { leaderboardQuery } from '../../workflows/sweep-board';
import { quietRuntime, startTemporal } from '../servers/temporal';
import { fakeSweep, smallPlan, startSweep as startIn, type SweepFakes } from './fake-sweep';
import { currentDetails, eventually, smallSpec, withWorkers, workflowBundle } from './run';

let environment: TestWorkflowEnvironment;
beforeAll(async () => {
  quietRuntime();
  environment = await startTemporal();
  await workflowBundle();
}, 60_000);
afterAll(() => environment.teardown());

const rates = [0.001, 0.002, 0.003, 0.004, 0.005, 0.006];
/** Six members; 9 epochs of pretraining, classifiers of 9. */
function planOf(name: string, rungs: number, values: readonly number[] = rates): SweepPlan {
  const small = smallSpec({ name, seeds: [1], labels: [50] });
  const spec = {
    ...small,
    pretraining: { ...small.pretraining, epochs: 9 },
    classifier: { ...small.classifier, epochs: 9, checkpointEvery: 9, learningRates: [0.01] },
  };
  return smallPlan(name, spec, [{ path: 'pretraining.learningRate', values }], { rungs, keep: 1 / 3 });
}
/** The larger the rate of pretraining, the better. */
const byRate = ({ pretraining }: ExperimentSpec) => 0.5 + 10 * pretraining.learningRate;

const startSweep = (plan: SweepPlan, shared?: boolean) => startIn(environment, plan, shared);
const evaluated = ({ experiments }: SweepFakes) =>
  [...experiments].flatMap(([name, fakes]) => (fakes.evaluated.length > 0 ? [name] : []));
const trained = ({ experiments }: SweepFakes) =>
  [...experiments].flatMap(([name, fakes]) =>
    fakes.calls.flatMap(({ trained: epochs, run }) => (epochs?.length ? [`${name} ${run} ${epochs.join()}`] : [])),
  );

describe('a sweep of one rung', () => {
  const plan = planOf('grid', 1, [0.001, 0.003, 0.002]);
  const fakes = fakeSweep(plan, byRate);
  let result: Awaited<ReturnType<Awaited<ReturnType<typeof startSweep>>['result']>>;
  beforeAll(async () => {
    result = await withWorkers(environment, fakes.activities, async () => (await startSweep(plan)).result());
  }, 60_000);

  test('trains every member in full, and the test split is looked at by the winner alone', () => {
    expect(trained(fakes)).toHaveLength(3 * (9 + 2));
    expect(evaluated(fakes)).toEqual(['grid-02']);
    const reported = [...fakes.experiments].flatMap(([name, { calls }]) =>
      calls.some(({ activity }) => activity === 'writeReport' || activity === 'exportModels') ? [name] : [],
    );
    expect(reported).toEqual(['grid-02']);
  });

  test('gives the members in their order, and what the winner came to', () => {
    expect(result.winner).toMatchObject({ headline: 'BYOL wins.', comparisons: [{}, {}] });
    const { rows, winner } = result.leaderboard;
    expect(rows.map(({ settings, state }) => `${settings} ${state}`)).toEqual([
      'pretraining.learningRate=0.001 dropped',
      'pretraining.learningRate=0.003 winner',
      'pretraining.learningRate=0.002 dropped',
    ]);
    expect(rows[1]?.scores).toEqual([
      { rung: 1, experiment: 'grid-02', validationAccuracy: 0.53, byArm: { supervised: 0.53, 'fine-tuned': 0.53 } },
    ]);
    expect(winner).toEqual({
      ...{ member: 2, experiment: 'grid-02', headline: 'BYOL wins.' },
      report: 'experiments/trial/report/index.html',
    });
    expect(fakes.kept.at(-1)).toEqual(result.leaderboard);
  });

  test('shows its standing by a query and in the details; a member is an experiment with its own progress', async () => {
    await withWorkers(environment, fakes.activities, async () => {
      const handle = environment.client.workflow.getHandle('grid');
      expect(await handle.query(leaderboardQuery)).toEqual({ status: 'completed', leaderboard: result.leaderboard });
      const details = await currentDetails(handle);
      expect(details).toContain('**completed**: rung 1 of 1; 3 of 3 members tried');
      expect(details).toContain('**grid-02 wins.** BYOL wins.');
      expect(details).toContain(
        '| 1 | grid-02 | pretraining.learningRate=0.003 | winner | 1 | 53.0% | supervised 53.0%, fine-tuned 53.0% |  |',
      );
      expect(details.indexOf('| grid-03 |')).toBeLessThan(details.indexOf('| grid-01 |'));
      const member = environment.client.workflow.getHandle('grid-01');
      const view = await member.query(progressQuery);
      expect(view.headline).toBe('Judged by the validation split alone: 51.0% on average.');
      expect(view.stages.map(({ stage, done, state }) => `${stage} ${done} ${state}`)).toEqual([
        'fetch 1 done',
        'pretraining 9 done',
        'supervised 9 done',
        'fine-tuned 9 done',
      ]);
    });
  }, 60_000);
});

test('halving: shorter rungs first, the best on validation go on, and the winner is not trained twice', async () => {
  const plan = planOf('halves', 3);
  const fakes = fakeSweep(plan, byRate);
  const { leaderboard } = await withWorkers(environment, fakes.activities, async () =>
    (await startSweep(plan)).result(),
  );
  // 6 members with 1 of 9 epochs; 2 go on with 3; one is left, which goes straight to the whole.
  const lengths = [...fakes.experiments].map(([name, { finished }]) => `${name} ${finished.get('seed-1/pretraining')}`);
  expect(lengths.sort()).toEqual([
    ...[1, 2, 3, 4, 5].map((member) => `halves-0${member}-rung-1 1`),
    'halves-05-rung-2 3',
    'halves-06 9',
    'halves-06-rung-1 1',
    'halves-06-rung-2 3',
  ]);
  expect(evaluated(fakes)).toEqual(['halves-06']);
  expect(leaderboard.rows.map(({ state }) => state)).toEqual([...Array<string>(5).fill('dropped'), 'winner']);
  expect(leaderboard.rows[4]?.scores.map(({ rung, experiment }) => [rung, experiment])).toEqual([
    [1, 'halves-05-rung-1'],
    [2, 'halves-05-rung-2'],
  ]);
  expect(leaderboard.rows[5]?.scores.map(({ rung }) => rung)).toEqual([1, 2, 3]);
  expect(fakes.prepared.filter(({ member }) => member === 6).map(({ rung, after }) => [rung, after])).toEqual([
    [1, undefined],
    [2, 1],
    [3, 2],
  ]);
}, 60_000);

test('no activity of a member that has not won is told to look at the test split', async () => {
  const plan = planOf('blind', 1, [0.001, 0.002]);
  const fakes = fakeSweep(plan, byRate);
  const looks: string[] = [];
  const pretrainEpochs: typeof fakes.activities.pretrainEpochs = (input) => {
    if (!input.withoutTest) looks.push(input.experiment.name);
    return fakes.activities.pretrainEpochs(input);
  };
  await withWorkers(environment, { ...fakes.activities, pretrainEpochs }, async () =>
    (await startSweep(plan)).result(),
  );
  expect(new Set(looks)).toEqual(new Set(['blind-02']));
}, 60_000);

test('where members have stages in common, the first goes ahead and the others are told that it is through', async () => {
  const plan = planOf('shares', 1, [0.001, 0.002, 0.003]);
  const fakes = fakeSweep(plan, byRate);
  await withWorkers(environment, fakes.activities, async () => (await startSweep(plan, true)).result());
  const [first, second, third] = fakes.prepared.map(({ member, tried }) => [member, tried]);
  expect([first, second, third]).toEqual([
    [1, []],
    [2, [1]],
    [3, [1]],
  ]);
}, 60_000);

test('a member that fails is out, with the reason; the others decide', async () => {
  const plan = planOf('one-fails', 1, [0.001, 0.002, 0.003]);
  const fakes = fakeSweep(plan, byRate, async ({ activity }, experiment) => {
    if (activity === 'pretrainEpochs' && experiment === 'one-fails-03')
      throw ApplicationFailure.nonRetryable('The encoder collapsed.', 'CollapsedError');
  });
  const { leaderboard } = await withWorkers(environment, fakes.activities, async () =>
    (await startSweep(plan)).result(),
  );
  expect(leaderboard.winner?.experiment).toBe('one-fails-02');
  expect(leaderboard.rows[2]).toMatchObject({
    state: 'failed',
    scores: [],
    failure: 'The pretraining of seed 1 (pretrainEpochs) failed: The encoder collapsed.',
  });
}, 60_000);

test('where every member fails, so does the sweep, and started again it goes on without training anything twice', async () => {
  const plan = planOf('all-fail', 1, [0.001, 0.002]);
  let broken = true;
  const fakes = fakeSweep(plan, byRate, async ({ activity, run }) => {
    if (broken && activity === 'trainClassifierEpochs' && run.includes('/fine-tuned/'))
      throw ApplicationFailure.nonRetryable('The bucket is gone.');
  });
  await withWorkers(environment, fakes.activities, async () => {
    const error = await (await startSweep(plan)).result().catch((reason: unknown) => reason);
    expect((error as WorkflowFailedError).cause?.message).toMatch(/None of the 2 members .*The bucket is gone\./);
    broken = false;
    expect((await (await startSweep(plan)).result()).leaderboard.winner?.experiment).toBe('all-fail-02');
  });
  const epochs = trained(fakes);
  expect(new Set(epochs).size).toBe(epochs.length);
}, 60_000);

test('a cancel stops the members; resumed, those that have their score are not run again', async () => {
  const plan = planOf('stopped', 1, [0.001, 0.002, 0.003, 0.004, 0.005]);
  let holding = true;
  let held = false;
  // Four run at a time: the fifth begins when another has been kept.
  const fakes = fakeSweep(plan, byRate, async (_, experiment) => {
    if (!holding || experiment !== 'stopped-05') return;
    const { cancellationSignal, heartbeat } = Context.current();
    const pulse = setInterval(() => heartbeat(), 50);
    held = true;
    await new Promise((resolve) => cancellationSignal.addEventListener('abort', resolve));
    clearInterval(pulse);
    throw cancellationSignal.reason as CancelledFailure;
  });
  await withWorkers(environment, fakes.activities, async () => {
    const handle = await startSweep(plan);
    await eventually(
      () => Promise.resolve(held),
      (now) => now,
    );
    await handle.cancel();
    const error = await handle.result().catch((reason: unknown) => reason);
    expect((error as WorkflowFailedError).cause).toBeInstanceOf(CancelledFailure);
    expect((await handle.query(leaderboardQuery)).status).toBe('cancelled');
    const member = await environment.client.workflow.getHandle('stopped-05').describe();
    expect(member.status.name).toBe('CANCELLED');

    holding = false;
    const known = fakes.kept.at(-1)?.rows.flatMap((row) => (row.scores.length > 0 ? [row.member] : [])) ?? [];
    expect(known.length).toBeGreaterThan(0);
    const before = fakes.prepared.length;
    const { leaderboard } = await (await startSweep(plan)).result();
    expect(leaderboard.winner?.experiment).toBe('stopped-05');
    const again = fakes.prepared.slice(before).map((input) => input.member);
    expect(again).toContain(5);
    for (const one of known) expect(again).not.toContain(one);
    expect(leaderboard.rows.every(({ scores }) => scores.length === 1)).toBe(true);
  });
}, 60_000);
