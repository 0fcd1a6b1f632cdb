import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { withFailures } from '../../activities/failures';
import { createFitMicroBatch } from '../../activities/machine/fit-micro-batch';
import { parseSpec } from '../../experiment/resolve';
import { experimentSpec } from '../../storage/keys';
import { openObjectStore } from '../../storage/object-store';
import { startObjectStore, type ObjectStoreServer } from '../servers/object-store';
import { quietRuntime, startTemporal } from '../servers/temporal';
import { fakeActivities } from '../workflows/fake-activities';
import { withWorkers } from '../workflows/run';
import { byol, emptyHome, pointingTo } from './byol';

/** `pretraining.accumulate=auto` against real servers and workflows, and a worker of a size that is known. */
let temporal: TestWorkflowEnvironment;
let objects: ObjectStoreServer;
let environment: Record<string, string>;
beforeAll(async () => {
  quietRuntime();
  [temporal, objects] = await Promise.all([startTemporal(), startObjectStore()]);
  environment = { ...emptyHome(), ...pointingTo(temporal, objects.settings) };
});
afterAll(async () => {
  await Promise.all([temporal?.teardown(), objects?.stop()]);
});

const auto = ['mnist-quickstart', 'pretraining.batch=1024', 'pretraining.accumulate=auto', '--no-wait'];
const start = (memory: number | undefined, ...more: string[]) => {
  const activities = { ...fakeActivities().activities, fitMicroBatch: withFailures(createFitMicroBatch({ memory })) };
  return withWorkers(temporal, activities, () => byol(['start', ...auto, ...more], environment));
};
const stored = async (name: string) => {
  const store = openObjectStore(objects.settings);
  const body = await store.get(experimentSpec(name));
  store.close();
  return parseSpec(JSON.parse(body.toString())).pretraining;
};

test("a step is divided as a worker's memory asks, and the spec that is kept has numbers", async () => {
  const { code, stdout, stderr } = await start(1.7e9, 'name=divided');
  expect(stderr).toMatch(
    /pretraining\.accumulate=auto: \d+ x \d+ images make a step of 1024 \(about 0\.\d of the worker's 1\.7 GB\)/,
  );
  expect(stdout).toContain('Started "divided".');
  expect(code).toBe(0);
  const { batch, accumulate } = await stored('divided');
  expect(accumulate).toBeGreaterThan(1);
  expect(batch * accumulate).toBe(1024);
  // Another worker, with more memory: the experiment keeps what it has.
  const again = await start(2 ** 40, 'name=divided');
  expect(again.stderr).not.toContain('accumulate=auto');
  expect(again.code).toBe(0);
  const other = await start(2 ** 40, 'name=divided', 'pretraining.batch=512');
  expect(other.stderr).toContain('There is an experiment "divided" already, with other settings');
  expect(other.code).toBe(2);
});

test('a worker that does not know its memory, and a command that asks no worker, say what to do', async () => {
  const unknown = await start(undefined, 'name=unknown');
  expect(unknown.stderr).toMatch(/BYOL_MEMORY_GB.*Nothing was started/s);
  expect(unknown.code).toBe(1);
  const printed = await byol(['spec', 'mnist-quickstart', 'pretraining.accumulate=auto'], environment);
  expect(printed.stderr).toMatch(/pretraining\.accumulate: auto is settled by "byol start SPEC"/);
  expect(printed.code).toBe(2);
});
