import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { quietRuntime, startTemporal, startTimeSkipping } from '../servers/temporal';
import { fakeActivities } from './fake-activities';
import { smallSpec, startExperiment, withWorkers, workflowBundle } from './run';

beforeAll(async () => {
  quietRuntime();
  await workflowBundle();
}, 60_000);

test('a history that grows long is continued by another, and no epoch is lost or repeated', async () => {
  const environment = await startTemporal({
    extraArgs: ['--dynamic-config-value', 'limit.historyCount.suggestContinueAsNew=30'],
  });
  try {
    const small = smallSpec({ name: 'long', seeds: [1], labels: [50] });
    const spec = {
      ...small,
      pretraining: { ...small.pretraining, epochs: 12 },
      classifier: { ...small.classifier, epochs: 12, checkpointEvery: 1 },
    };
    const fakes = fakeActivities();
    await withWorkers(environment, fakes.activities, async () => (await startExperiment(environment, spec)).result());
    for (const run of ['seed-1/pretraining', 'seed-1/supervised/labels-50/lr-0.01-epochs-12']) {
      const trained = fakes.calls.filter((call) => call.run === run).map((call) => call.trained);
      expect(trained).toEqual(Array.from({ length: 12 }, (_, index) => [index + 1]));
    }
    for (const id of ['long/seed-1/pretraining', 'long/seed-1/supervised/labels-50']) {
      const executions = [];
      for await (const execution of environment.client.workflow.list({ query: `WorkflowId = '${id}'` })) {
        executions.push(execution.status.name);
      }
      expect(executions.filter((status) => status === 'CONTINUED_AS_NEW').length).toBeGreaterThan(1);
    }
    expect(fakes.evaluated).toHaveLength(2);
  } finally {
    await environment.teardown();
  }
}, 60_000);

test('a store that is down for more than a day is waited for', async () => {
  const environment = await startTimeSkipping();
  try {
    const spec = smallSpec({ name: 'patient', seeds: [1], labels: [50] });
    const attempts: number[] = [];
    const fakes = fakeActivities(async ({ activity }) => {
      if (activity !== 'fetchDataset') return;
      const { attempt } = Context.current().info;
      attempts.push(attempt);
      if (attempt <= 5) {
        const message = 'Object storage did not answer.';
        throw ApplicationFailure.create({ message, type: 'StorageUnreachableError', nextRetryDelay: '6 hours' });
      }
    });
    const started = await environment.currentTimeMs();
    await withWorkers(environment, fakes.activities, async () => (await startExperiment(environment, spec)).result());
    expect(attempts).toEqual([1, 2, 3, 4, 5, 6]);
    expect((await environment.currentTimeMs()) - started).toBeGreaterThan(30 * 3600 * 1000);
  } finally {
    await environment.teardown();
  }
}, 60_000);
