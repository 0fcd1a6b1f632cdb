import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { eventFile } from '../../activities/formats/event-file';
import { keepRunMetrics } from '../../activities/epochs/run-metrics';
import { parseMetrics } from '../../experiment/run-metrics';
import { CPU_QUEUE } from '../../experiment/names';
import { runMetrics } from '../../storage/keys';
import { byol, startByol } from './byol';
import { useServers } from './servers';
import { keepWinner } from './stored-winner';

/** `byol metrics` against real servers; the runs are written as a worker writes them. */
const servers = useServers();

const at = '2026-03-01T12:00:00.000Z';
const of = { steps: 10, learningRate: 0.1, imagesPerSecond: 9, seconds: 1, worker: 'w' };
const epochs = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ ...of, at, epoch: index + 1, loss: 1 / (index + 1) }));
const keep = (experiment: string, run: string, count: number) =>
  keepRunMetrics(servers.store, { experiment, run }, epochs(count), (message) => {
    throw new Error(message);
  });
const inHome = (...path: string[]) => join(servers.environment['HOME']!, ...path);
const events = 'events.out.tfevents.0.durable-byol';

test('lays the files of every run out for TensorBoard', async () => {
  const [pretraining, classifier] = ['seed-1/pretraining', 'seed-1/supervised/labels-50/lr-0.003-epochs-60'];
  await keep('laid-out', pretraining, 3);
  await keep('laid-out', classifier, 2);
  await servers.store.put('experiments/laid-out/runs/seed-1/pretraining/blobs/x', Buffer.from('a state'));
  const { code, stdout, stderr } = await byol(['metrics', 'laid-out', '-o', 'logs'], servers.environment);
  expect(stderr).toBe('');
  expect(stdout).toContain('seed-1/pretraining: epoch 3, train/loss 0.3333\n');
  expect(stdout).toContain('tensorboard --logdir logs\n');
  expect(code).toBe(0);
  for (const [run, count] of [[pretraining, 3] as const, [classifier, 2] as const]) {
    const lines = parseMetrics(readFileSync(inHome('logs', run, 'metrics.jsonl'), 'utf8'));
    expect(lines.map(({ epoch }) => epoch)).toEqual(Array.from({ length: count }, (_, index) => index + 1));
    expect(readFileSync(inHome('logs', run, events)).equals(eventFile(lines))).toBe(true);
  }
  expect(existsSync(inHome('logs', 'seed-1/pretraining/blobs'))).toBe(false);
});

test('--json prints a line for each epoch with its run, and writes nothing', async () => {
  await keep('printed', 'seed-1/pretraining', 2);
  const { code, stdout } = await byol(['metrics', 'printed', '--json'], servers.environment);
  const lines = stdout.trim().split('\n');
  expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
    { run: 'seed-1/pretraining', epoch: 1, step: 10, at, 'train/loss': 1 },
    { run: 'seed-1/pretraining', epoch: 2, step: 20, 'train/loss': 0.5 },
  ]);
  expect(code).toBe(0);
  expect(existsSync(inHome('metrics'))).toBe(false);
});

test("takes a sweep's name for its winner", async () => {
  await keep('rates-02', 'seed-1/pretraining', 1);
  await keepWinner(servers.store, 'rates', 'rates-02');
  const { code, stdout } = await byol(['metrics', 'rates'], servers.environment);
  expect(stdout).toContain(`tensorboard --logdir ${join('metrics', 'rates-02')}\n`);
  expect(code).toBe(0);
  expect(existsSync(inHome('metrics', 'rates-02', 'seed-1/pretraining', events))).toBe(true);
});

test('says what is not there, and what is no metrics of ours', async () => {
  const nothing = await byol(['metrics', 'nothing'], servers.environment);
  expect(nothing.stderr).toMatch(/no metrics of "nothing" in s3:.*byol status nothing/);
  expect(nothing.code).toBe(2);
  expect((await byol(['metrics', 'nothing', '--follow'], servers.environment)).code).toBe(2);
  await servers.store.put(runMetrics('spoilt', 'seed-1/pretraining'), Buffer.from('nonsense\n'));
  const spoilt = await byol(['metrics', 'spoilt'], servers.environment);
  expect(spoilt.stderr).toMatch(/metrics\.jsonl of seed-1\/pretraining of "spoilt" in s3:.* is not what byol wrote/);
  expect(spoilt.code).toBe(2);
  for (const name of ['nothing', 'spoilt']) expect(existsSync(inHome('metrics', name))).toBe(false);
});

test('--follow fetches until the experiment ends, adding to the files that a TensorBoard has open', async () => {
  await keep('followed', 'seed-1/pretraining', 1);
  const run = await servers.temporal.client.workflow.start('experiment', {
    workflowId: 'followed',
    taskQueue: CPU_QUEUE,
    args: [],
  });
  const following = startByol(['metrics', 'followed', '--follow'], servers.environment);
  await following.says('seed-1/pretraining: epoch 1, train/loss 1.000');
  const path = inHome('metrics', 'followed', 'seed-1/pretraining', events);
  expect(readFileSync(path).equals(eventFile(parseMetrics(readFileSync(join(path, '../metrics.jsonl'), 'utf8'))))).toBe(
    true,
  );
  const { ino } = statSync(path);
  await keep('followed', 'seed-1/pretraining', 2);
  await following.says('seed-1/pretraining: epoch 2, train/loss 0.5000');
  await keep('followed', 'seed-1/pretraining', 3);
  await run.terminate();
  const { code, stdout } = await following.ended;
  expect(stdout).toContain('epoch 3');
  expect(statSync(path).ino).toBe(ino);
  expect(code).toBe(0);
  expect(parseMetrics(readFileSync(join(path, '../metrics.jsonl'), 'utf8'))).toHaveLength(3);
});

test('--follow of what Temporal does not know says so; Ctrl-C leaves the experiment alone', async () => {
  const unknown = await byol(['metrics', 'unknown', '--follow'], servers.environment);
  expect(unknown.stderr).toMatch(/no experiment "unknown"/);
  expect(unknown.code).toBe(2);
  const run = await servers.temporal.client.workflow.start('experiment', {
    workflowId: 'waited',
    taskQueue: CPU_QUEUE,
    args: [],
  });
  const waiting = startByol(['metrics', 'waited', '--follow'], servers.environment);
  await waiting.says('tensorboard --logdir');
  waiting.child.kill('SIGINT');
  expect((await waiting.ended).code).toBe(130);
  expect((await run.describe()).status.name).toBe('RUNNING');
  await run.terminate();
});
