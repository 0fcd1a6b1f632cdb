import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { freePorts, startObjectStore } from '../servers/object-store';
import type { ObjectStoreServer } from '../servers/object-store';
import { quietRuntime, startTemporal } from '../servers/temporal';
import { fakeActivities } from '../workflows/fake-activities';
import { smallSpec, startExperiment, withCpuWorker, withWorkers } from '../workflows/run';
import { startWorker, storageEnvironment } from './worker-process';
import type { WorkerProcess } from './worker-process';

let temporal: TestWorkflowEnvironment;
let storage: ObjectStoreServer;
let folder: string;
const started: WorkerProcess[] = [];

beforeAll(async () => {
  quietRuntime();
  [temporal, storage] = await Promise.all([startTemporal(), startObjectStore()]);
  folder = mkdtempSync(join(tmpdir(), 'byol-workers-'));
}, 60_000);
afterEach(() => started.splice(0).forEach(({ child }) => child.kill('SIGKILL')));
afterAll(async () => {
  await temporal.teardown();
  await storage.stop();
  rmSync(folder, { recursive: true });
});

const environment = (changes: Record<string, string> = {}): Record<string, string> => ({
  TEMPORAL_ADDRESS: temporal.address,
  TEMPORAL_NAMESPACE: temporal.namespace ?? 'default',
  BYOL_CACHE_DIR: folder,
  ...storageEnvironment(storage.settings),
  ...changes,
});
function start(program: string, changes?: Record<string, string>): WorkerProcess {
  const worker = startWorker(program, environment(changes));
  started.push(worker);
  return worker;
}

test('a worker says when it is ready, and ends well when it is told to', async () => {
  const worker = start('workers/cpu');
  await worker.says('The worker is ready');
  worker.child.kill('SIGTERM');
  expect(await worker.ends()).toBe(0);
  const lines = worker.output().trim().split('\n');
  expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual([
    'The worker is ready',
    'The worker has stopped',
  ]);
  expect(worker.output()).not.toContain(storage.settings.secretAccessKey);
}, 60_000);

test('a worker ends when the process that started it is gone', async () => {
  const worker = start('workers/cpu');
  await worker.says('The worker is ready');
  worker.child.disconnect();
  expect(await worker.ends()).toBe(0);
}, 60_000);

test('a Temporal server and a store that are not there yet are waited for', async () => {
  const [port, s3] = (await freePorts(2)) as [number, number];
  const absent = { TEMPORAL_ADDRESS: `127.0.0.1:${port}`, BYOL_S3_ENDPOINT: `http://127.0.0.1:${s3}` };
  const withoutStore = start('workers/cpu', absent);
  await withoutStore.says(`Waiting for s3://byol at http://127.0.0.1:${s3}`);
  withoutStore.child.kill('SIGTERM');
  expect(await withoutStore.ends()).toBe(0);

  const withoutTemporal = start('workers/cpu', { TEMPORAL_ADDRESS: absent.TEMPORAL_ADDRESS });
  await withoutTemporal.says(`Waiting for Temporal at 127.0.0.1:${port}`);
  const late = await startTemporal({ port });
  try {
    await withoutTemporal.says('The worker is ready');
    withoutTemporal.child.kill('SIGTERM');
    expect(await withoutTemporal.ends()).toBe(0);
  } finally {
    await late.teardown();
  }
}, 120_000);

const refusals: [string, Record<string, string>, RegExp][] = [
  ['a bucket that is not there', { BYOL_BUCKET: 'no-such-bucket' }, /bucket \\"no-such-bucket\\" does not exist/],
  ['a wrong secret', { AWS_SECRET_ACCESS_KEY: 'wrong-and-secret' }, /Give credentials that may read, write/],
  ['no bucket', { BYOL_BUCKET: '' }, /bucket \(BYOL_BUCKET\): name the bucket/],
];
test.each(refusals)(
  '%s is told in a paragraph, with a non-zero exit code',
  async (_, changes, message) => {
    const worker = start('workers/cpu', changes);
    expect(await worker.ends()).toBe(1);
    const lines = worker.output().trim().split('\n');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(message);
    expect(worker.output()).not.toContain(environment(changes)['AWS_SECRET_ACCESS_KEY']);
  },
  60_000,
);

test("Temporal's config file without a profile is explained", async () => {
  const file = join(folder, 'temporal.toml');
  writeFileSync(file, 'address = "localhost:7233"\n');
  const worker = start('workers/cpu', { TEMPORAL_CONFIG_FILE: file });
  expect(await worker.ends()).toBe(1);
  expect(worker.output()).toContain(`Temporal's settings (${file}) cannot be used`);
  expect(worker.output()).toContain('[profile.default]');
}, 60_000);

test('a namespace that the server does not have is named', async () => {
  const worker = start('workers/cpu', { TEMPORAL_NAMESPACE: 'nowhere' });
  await worker.says('Waiting for namespace nowhere');
  worker.child.kill('SIGTERM');
  expect(await worker.ends()).toBe(0);
}, 60_000);

test('training on a worker that is stopped goes on at once on another', async () => {
  const spec = smallSpec({ name: 'moved', seeds: [1], labels: [50] });
  const first = start('test/workers/held-worker');
  const fakes = fakeActivities();
  const { client } = temporal;
  const description = async () => {
    const { raw } = await client.workflow.getHandle('moved/seed-1/pretraining').describe();
    return raw.pendingActivities?.[0];
  };
  const heard = (text: string) =>
    new Promise<void>((resolve) => first.child.on('message', (message) => message === text && resolve()));
  const holding = heard('holding');
  await first.says('The worker is ready');
  const handle = await startExperiment(temporal, spec);
  await withCpuWorker(temporal, fakes.activities, async () => {
    await holding;
    const lettingGo = heard('letting go');
    first.child.kill('SIGTERM');
    await lettingGo;
    expect(await first.ends()).toBe(0);
    expect((await description())?.attempt).toBe(2);
  });
  await withWorkers(temporal, fakes.activities, () => handle.result());
  expect(fakes.finished.get('seed-1/pretraining')).toBe(3);
}, 60_000);
