import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { AppliedModel } from '../../activities/apply/apply-model';
import { CPU_QUEUE, GPU_QUEUE } from '../../experiment/names';
import { onePartition } from '../../infra/dev-stack/temporal-server';
import type { apply } from '../../workflows/apply';
import { quietRuntime, startTemporal } from '../servers/temporal';
import { fakeActivities } from './fake-activities';
import { eventually, smallSpec, startExperiment, withWorkers } from './run';

jest.setTimeout(60_000);
let temporal: TestWorkflowEnvironment;
beforeAll(async () => {
  quietRuntime();
  temporal = await startTemporal({ extraArgs: onePartition });
});
afterAll(() => temporal.teardown());

/** TASK_QUEUE_TYPE_ACTIVITY of Temporal's API. */
const ACTIVITY = 2;

const applied: AppliedModel = { files: 1, images: 1, by: { seed: 1 }, written: {} };

test('what somebody waits for at a terminal comes before all training that waits for the same device', async () => {
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  const order: string[] = [];
  const { activities } = fakeActivities(async ({ activity }) => {
    if (activity !== 'pretrainEpochs' && activity !== 'trainClassifierEpochs') return;
    if (order.push(activity) === 1) await held;
  });
  const applyModel = () => (order.push('applyModel'), Promise.resolve(applied));
  const seeds = [1, 2, 3, 4];
  const spec = smallSpec({ name: 'busy', seeds });
  const { client, namespace = 'default' } = temporal;
  const waiting = async () => {
    const { stats } = await client.workflowService.describeTaskQueue({
      ...{ namespace, taskQueue: { name: GPU_QUEUE }, taskQueueType: ACTIVITY, reportStats: true },
    });
    return Number(stats?.approximateBacklogCount ?? 0);
  };
  // Every pretraining, and every setting of every supervised classifier, but for the one that is held.
  const trainings = seeds.length * (1 + spec.labels.length * spec.classifier.learningRates.length) - 1;
  await withWorkers(temporal, { ...activities, applyModel }, async () => {
    const training = await startExperiment(temporal, spec);
    expect(await eventually(waiting, (count) => count === trainings)).toBe(trainings);
    const short = await client.workflow.start<typeof apply>('apply', {
      workflowId: 'busy/apply/embed',
      taskQueue: CPU_QUEUE,
      args: [
        {
          ...{ kind: 'embed', source: '/images', dataset: 'd'.repeat(64), id: 'embed-1' },
          experiment: { name: 'busy', specDigest: 'e'.repeat(64) },
        },
      ],
    });
    expect(await eventually(waiting, (count) => count > trainings)).toBe(trainings + 1);
    release();
    expect(await short.result()).toEqual(applied);
    await training.result();
  });
  // In the order in which they came it would be the twentieth.
  expect(order.indexOf('applyModel')).toBeGreaterThan(0);
  expect(order.indexOf('applyModel')).toBeLessThan(4);
});
