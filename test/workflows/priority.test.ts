import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { AppliedModel } from '../../activities/apply/apply-model';
import { CPU_QUEUE } from '../../experiment/names';
import type { apply } from '../../workflows/apply';
import { quietRuntime, startTemporal } from '../servers/temporal';
import { fakeActivities } from './fake-activities';
import { eventually, smallSpec, startExperiment, withWorkers } from './run';

jest.setTimeout(60_000);
let temporal: TestWorkflowEnvironment;
beforeAll(async () => {
  quietRuntime();
  temporal = await startTemporal();
});
afterAll(() => temporal.teardown());

const applied: AppliedModel = { files: 1, images: 1, by: { seed: 1 }, written: {} };

// The order is one of a partition: start-dev has one.
test('what somebody waits for at a terminal comes before all training that waits for the same device', async () => {
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  let begun = 0;
  const order: string[] = [];
  const { activities } = fakeActivities(async ({ activity }) => {
    if (activity !== 'pretrainEpochs') return;
    if (begun++ === 0) await held;
    order.push(activity);
  });
  const applyModel = () => (order.push('applyModel'), Promise.resolve(applied));
  const seeds = [1, 2, 3, 4];
  const spec = smallSpec({ name: 'busy', seeds });
  await withWorkers(temporal, { ...activities, applyModel }, async () => {
    const { workflow } = temporal.client;
    const training = await startExperiment(temporal, spec);
    const pending = async (workflowId: string) => {
      const described = await workflow
        .getHandle(workflowId)
        .describe()
        .catch(() => null);
      return described?.raw.pendingActivities?.length ?? 0;
    };
    const allWait = () => Promise.all(seeds.map((seed) => pending(`busy/seed-${seed}/pretraining`)));
    expect(await eventually(allWait, (counts) => counts.every((count) => count === 1))).toEqual([1, 1, 1, 1]);
    const short = await workflow.start<typeof apply>('apply', {
      workflowId: 'busy/apply/embed',
      taskQueue: CPU_QUEUE,
      args: [
        {
          ...{ kind: 'embed', source: '/images', dataset: 'd'.repeat(64), id: 'embed-1' },
          experiment: { name: 'busy', specDigest: 'e'.repeat(64) },
        },
      ],
    });
    expect(
      await eventually(
        () => pending('busy/apply/embed'),
        (count) => count === 1,
      ),
    ).toBe(1);
    release();
    expect(await short.result()).toEqual(applied);
    await training.result();
  });
  expect(order.slice(0, 2)).toEqual(['pretrainEpochs', 'applyModel']);
  expect(order).toHaveLength(1 + seeds.length * spec.pretraining.epochs);
});
