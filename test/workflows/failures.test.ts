import { Context } from '@temporalio/activity';
import type { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { progressQuery } from '../../workflows/board';
import { ByolStatus } from '../../workflows/search-attributes';
import { quietRuntime, startTemporal } from '../servers/temporal';
import { fakeActivities } from './fake-activities';
import type { Call } from './fake-activities';
import { currentDetails, eventually, smallSpec, startExperiment, withWorkers, workflowBundle } from './run';

let environment: TestWorkflowEnvironment;
beforeAll(async () => {
  quietRuntime();
  environment = await startTemporal();
  await workflowBundle();
}, 60_000);
afterAll(() => environment.teardown());

const statusOf = async (id: string) => {
  const { status, typedSearchAttributes } = await environment.client.workflow.getHandle(id).describe();
  return [status.name, typedSearchAttributes.get(ByolStatus)];
};

describe('an experiment of which one seed fails for good', () => {
  const spec = smallSpec({ name: 'one-seed-fails', labels: [50] });
  let broken = true;
  const fakes = fakeActivities(async ({ activity, run, throughEpoch }: Call) => {
    if (broken && activity === 'pretrainEpochs' && run.startsWith('seed-2') && throughEpoch === 3) {
      throw ApplicationFailure.nonRetryable('The bucket byol is gone.', 'BucketMissingError');
    }
  });

  test('fails with a sentence that says why, after the other seed was brought to its end', async () => {
    await withWorkers(environment, fakes.activities, async () => {
      const handle = await startExperiment(environment, spec);
      const error = await handle.result().catch((reason: unknown) => reason);
      const why = 'The pretraining of seed 2 (pretrainEpochs) failed: The bucket byol is gone.';
      expect((error as WorkflowFailedError).cause?.message).toBe(why);
      expect(fakes.evaluated.map(({ seed, arm }) => `${seed} ${arm}`).sort()).toEqual([
        '1 fine-tuned',
        '1 supervised',
        '2 supervised',
      ]);
      const view = await handle.query(progressQuery);
      expect(view).toMatchObject({ status: 'failed', failure: why });
      expect(view.stages.find(({ id }) => id === `${spec.name}/seed-2/pretraining`)).toMatchObject({
        state: 'failed',
        done: 2,
        total: 3,
      });
      expect(await currentDetails(handle)).toContain(`**Why:** ${why}`);
    });
    expect(await statusOf(spec.name)).toEqual(['FAILED', 'failed']);
    expect(await statusOf(`${spec.name}/seed-2/pretraining`)).toEqual(['FAILED', 'failed']);
    expect(await statusOf(`${spec.name}/seed-1`)).toEqual(['COMPLETED', 'completed']);
  }, 60_000);

  test('goes on, started again under the same name, and trains nothing twice', async () => {
    broken = false;
    fakes.calls.length = 0;
    await withWorkers(environment, fakes.activities, async () => (await startExperiment(environment, spec)).result());
    const trained = fakes.calls.flatMap((call) => (call.trained?.length ? [`${call.run} ${call.trained.join()}`] : []));
    expect(trained.sort()).toEqual([
      'seed-2/fine-tuned/labels-50/lr-0.001-epochs-4 1,2',
      'seed-2/fine-tuned/labels-50/lr-0.001-epochs-4 3,4',
      'seed-2/fine-tuned/labels-50/lr-0.01-epochs-4 1,2',
      'seed-2/fine-tuned/labels-50/lr-0.01-epochs-4 3,4',
      'seed-2/pretraining 3',
    ]);
    expect(await statusOf(spec.name)).toEqual(['COMPLETED', 'completed']);
  }, 60_000);

  test('is not started a third time once it has its answer', async () => {
    await expect(startExperiment(environment, spec)).rejects.toThrow(/already started/i);
  });
});

test('a cancel reaches the training, waits for what it leaves behind, and can be resumed', async () => {
  const spec = smallSpec({ name: 'cancelled', seeds: [1], labels: [50] });
  let holding = true;
  let held = false;
  let left: string | undefined;
  const fakes = fakeActivities(async ({ activity, run, throughEpoch }) => {
    if (!holding || activity !== 'pretrainEpochs' || throughEpoch !== 2) return;
    const { cancellationSignal, heartbeat } = Context.current();
    const pulse = setInterval(() => heartbeat({ stage: 'pretraining' }), 50);
    held = true;
    try {
      await new Promise((resolve) => cancellationSignal.addEventListener('abort', resolve));
      await new Promise((resolve) => setTimeout(resolve, 300));
      left = `checkpoint of ${run}`;
      throw cancellationSignal.reason as CancelledFailure;
    } finally {
      clearInterval(pulse);
    }
  });
  await withWorkers(environment, fakes.activities, async () => {
    const handle = await startExperiment(environment, spec);
    await eventually(
      () => Promise.resolve(held),
      (now) => now,
    );
    await handle.cancel();
    const error = await handle.result().catch((reason: unknown) => reason);
    expect((error as WorkflowFailedError).cause).toBeInstanceOf(CancelledFailure);
    expect(left).toBe('checkpoint of seed-1/pretraining');
    for (const child of ['', '/seed-1', '/seed-1/pretraining']) {
      expect(await statusOf(`cancelled${child}`)).toEqual(['CANCELLED', 'cancelled']);
    }
    expect((await handle.query(progressQuery)).status).toBe('cancelled');

    holding = false;
    expect((await (await startExperiment(environment, spec)).result()).comparisons).toHaveLength(2);
  });
  expect(fakes.finished.get('seed-1/pretraining')).toBe(3);
}, 60_000);

test('a terminated experiment can be resumed while its children are still closing', async () => {
  const spec = smallSpec({ name: 'terminated', seeds: [1], labels: [50] });
  let holding = true;
  const fakes = fakeActivities(async ({ activity }) => {
    if (!holding || activity !== 'pretrainEpochs') return;
    holding = false;
    const { cancellationSignal, heartbeat } = Context.current();
    const pulse = setInterval(() => heartbeat(), 50);
    await new Promise((resolve) => cancellationSignal.addEventListener('abort', resolve));
    await new Promise((resolve) => setTimeout(resolve, 1500));
    clearInterval(pulse);
    throw cancellationSignal.reason as CancelledFailure;
  });
  await withWorkers(environment, fakes.activities, async () => {
    const handle = await startExperiment(environment, spec);
    await eventually(
      () => Promise.resolve(holding),
      (still) => !still,
    );
    await handle.terminate();
    const resumed = await startExperiment(environment, spec);
    expect((await resumed.result()).comparisons).toHaveLength(2);
  });
}, 60_000);

test('a worker that says it trained less than it was asked is not asked for ever', async () => {
  const spec = smallSpec({ name: 'stands-still', seeds: [1], labels: [50] });
  const fakes = fakeActivities();
  const { pretrainEpochs } = fakes.activities;
  const lazy: typeof pretrainEpochs = async (input) => ({ ...(await pretrainEpochs(input)), epoch: 0 });
  await withWorkers(environment, { ...fakes.activities, pretrainEpochs: lazy }, async () => {
    const error = await (await startExperiment(environment, spec)).result().catch((reason: unknown) => reason);
    expect((error as WorkflowFailedError).cause?.message).toMatch(/train through epoch 1 and stopped at 0/);
  });
}, 60_000);
