import { setTimeout } from 'node:timers/promises';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { CPU_QUEUE } from '../../experiment/names';
import type { measure } from '../../workflows/measure';
import { quietRuntime, startTemporal } from '../servers/temporal';
import { fakeActivities } from './fake-activities';
import { smallSpec, withWorkers } from './run';

let temporal: TestWorkflowEnvironment;
beforeAll(async () => {
  quietRuntime();
  temporal = await startTemporal();
});
afterAll(() => temporal?.teardown());

const rates = { supervised: 20, 'linear-probe': 40, 'fine-tuned': 20 };
const speed = { devices: 1, pretraining: 10, classifier: rates, prediction: 50, secondsToLoad: 1, secondsToSave: 0.1 };
const run = (devices: number, measureSpeed: () => Promise<typeof speed>) =>
  withWorkers(temporal, { ...fakeActivities().activities, measureSpeed }, () =>
    temporal.client.workflow.execute<typeof measure>('measure', {
      workflowId: `measure-${devices}`,
      taskQueue: CPU_QUEUE,
      args: [{ spec: smallSpec({ name: 'x' }), channels: 1, classes: 10, devices }],
    }),
  );

test("a worker's devices are measured beside each other, and their rates add up", async () => {
  expect(await run(2, () => Promise.resolve(speed))).toMatchObject({
    ...{ devices: 2, pretraining: 20, prediction: 100, secondsToLoad: 1 },
    classifier: { supervised: 40, 'linear-probe': 80, 'fine-tuned': 40 },
  });
});

test('devices that are busy are not waited for', async () => {
  // The worker of the tests has one device: the first measurement keeps it for longer than the others wait for it.
  let calls = 0;
  const slow = async () => {
    calls++;
    await setTimeout(10_000);
    return speed;
  };
  expect(await run(3, slow)).toEqual(speed);
  expect(calls).toBe(1);
});

test('where each fails, it is tried again on one', async () => {
  let calls = 0;
  const flaky = () => (++calls <= 4 ? Promise.reject(new Error('killed')) : Promise.resolve(speed));
  expect(await run(4, flaky)).toEqual(speed);
});
