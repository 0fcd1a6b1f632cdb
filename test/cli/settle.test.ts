import { withFailures } from '../../activities/failures';
import { createFitMicroBatch } from '../../activities/machine/fit-micro-batch';
import { parseSpec } from '../../experiment/resolve';
import { experimentSpec } from '../../storage/keys';
import { openObjectStore } from '../../storage/object-store';
import { fakeActivities } from '../workflows/fake-activities';
import { withWorkers } from '../workflows/run';
import { byol } from './byol';
import { useServers } from './servers';

/** What a spec leaves to the worker (auto), against real servers and workflows, and a worker that is known. */
const servers = useServers();

const auto = ['mnist-quickstart', 'pretraining.batch=1024', 'pretraining.accumulate=auto', '--no-wait'];
const start = (memory: number | undefined, ...more: string[]) => {
  const activities = {
    ...fakeActivities().activities,
    fitMicroBatch: withFailures(createFitMicroBatch({ memory, device: 'cpu' })),
  };
  return withWorkers(servers.temporal, activities, () => byol(['start', ...auto, ...more], servers.environment));
};
const stored = async (name: string) => {
  const store = openObjectStore(servers.objects.settings);
  const body = await store.get(experimentSpec(name));
  store.close();
  return parseSpec(JSON.parse(body.toString()));
};

test("a step is divided as a worker's memory asks, and the spec that is kept has numbers", async () => {
  const { code, stdout, stderr } = await start(1.7e9, 'name=divided');
  expect(stderr).toMatch(
    /pretraining\.accumulate=auto: \d+ x \d+ images make a step of 1024 \(about 0\.\d of the worker's 1\.7 GB\)/,
  );
  expect(stdout).toContain('Started "divided".');
  expect(code).toBe(0);
  const { batch, accumulate } = (await stored('divided')).pretraining;
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
  const printed = await byol(['spec', 'mnist-quickstart', 'pretraining.accumulate=auto'], servers.environment);
  expect(printed.stderr).toMatch(/pretraining\.accumulate: auto is settled by "byol start SPEC"/);
  expect(printed.code).toBe(2);
});

const startOn = (bf16: boolean, ...more: string[]) => {
  const activities = {
    ...fakeActivities().activities,
    describeMachine: () => Promise.resolve({ device: 'cpu' as const, devices: 1, cores: 2, bf16 }),
    fitMicroBatch: withFailures(createFitMicroBatch({ memory: 1.7e9, device: 'cpu' })),
  };
  const args = ['start', 'mnist-quickstart', 'precision=auto', '--no-wait', ...more];
  return withWorkers(servers.temporal, activities, () => byol(args, servers.environment));
};

test("the precision is that of a worker's device, for good: another worker does not change it", async () => {
  const first = await startOn(true, 'name=bf16-here');
  expect(first.stderr).toContain(
    'precision=auto: bf16 (the processor computes in it, faster than in fp32). All arms and seeds',
  );
  expect(first.code).toBe(0);
  expect((await stored('bf16-here')).precision).toBe('bf16');
  const again = await startOn(false, 'name=bf16-here');
  expect(again.stderr).not.toContain('precision=auto');
  expect(again.code).toBe(0);
  const named = await startOn(false, 'name=bf16-here', 'precision=fp32');
  expect(named.stderr).toContain('precision: "bf16" -> "fp32"');
  expect(named.code).toBe(2);
});

test('fp32 where the device has no bf16; what fits is settled beside it, in that precision', async () => {
  const { stderr, code } = await startOn(false, 'name=both', 'pretraining.batch=1024', 'pretraining.accumulate=auto');
  expect(stderr).toMatch(
    /precision=auto: fp32 .*does not compute in bf16.*pretraining\.accumulate=auto: \d+ x \d+ images/s,
  );
  expect(code).toBe(0);
  expect(await stored('both')).toMatchObject({ precision: 'fp32' });
});

test('a command that asks no worker takes no auto', async () => {
  const printed = await byol(['spec', 'mnist-quickstart', 'precision=auto'], servers.environment);
  expect(printed.stderr).toMatch(/precision: auto is settled by "byol start SPEC".* fp32, bf16/);
  expect(printed.code).toBe(2);
});
