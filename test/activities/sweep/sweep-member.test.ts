import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKeepLeaderboard, createRecallLeaderboard } from '../../../activities/sweep/leaderboards';
import { createPrepareMember, type PreparedMember, type SweepRef } from '../../../activities/sweep/prepare-member';
import type { TrainedEpochs } from '../../../activities/epochs/durable-epochs';
import { createPretrainEpochs } from '../../../activities/pretraining/pretrain-epochs';
import { createTrainClassifierEpochs } from '../../../activities/classifier/train-classifier-epochs';
import { Trainer } from '../../../activities/trainer';
import { loadManifest } from '../../../datasets/read';
import type { Arm } from '../../../experiment/comparison';
import { contentDigest } from '../../../experiment/digest';
import { applyOverrides } from '../../../experiment/overrides';
import { parseSpec } from '../../../experiment/resolve';
import type { Leaderboard } from '../../../experiment/sweep/leaderboard';
import { planSweep } from '../../../experiment/sweep/plan';
import { setupPaths } from '../../../infra/setup-paths';
import { latestCheckpoint } from '../../../storage/checkpoint-restore';
import * as keys from '../../../storage/keys';
import { putSealed } from '../../../storage/sealed';
import { openObjectStore, type ObjectStore } from '../../../storage/object-store';
import { startObjectStore, type ObjectStoreServer } from '../../servers/object-store';
import { smallSpec } from '../../workflows/run';
import { quietEnvironment } from '../quiet-environment';
import { barImages, keepDataset } from '../stored-dataset';

/** Members of a sweep through the real activities, engine and store, on a small network and a few images. */
let server: ObjectStoreServer;
let bucket: ObjectStore & { close(): void };
/** The bucket, which remembers what was read of it. */
let store: ObjectStore;
let read: string[];
let cache: string;
let trainer: Trainer;
let dataset: string;
beforeAll(async () => {
  server = await startObjectStore();
  bucket = openObjectStore(server.settings);
  store = new Proxy(bucket, {
    get: (target, name: string) => {
      const method = Reflect.get(target, name) as (...args: unknown[]) => unknown;
      return (...args: unknown[]) => {
        if (/^(get|download)/.test(name)) read.push(String(args[0]));
        return method.apply(target, args);
      };
    },
  });
  cache = await mkdtemp(join(tmpdir(), 'byol-sweep-'));
  const { tensorflowBinding: binding, libraryPath } = setupPaths();
  trainer = new Trainer({ engine: { binding, libraryPath }, cache, device: 'cpu', threads: 1 });
  dataset = await keepDataset(bucket, ['oak', 'elm', 'ash'], { train: barImages(36, 3, 1), test: barImages(30, 3, 2) });
}, 60_000);
beforeEach(() => (read = []));
afterAll(async () => {
  await trainer?.stop();
  bucket?.close();
  await server?.stop();
  await rm(cache, { recursive: true });
});

const rates = { path: 'pretraining.learningRate', values: [0.001, 0.002] };

/** Two members, in two rungs of 2 and 4 epochs, whose schedules are spread over no length. */
async function keepPlan(name: string, changes: object = {}, axis = rates): Promise<SweepRef> {
  const small = smallSpec({
    name,
    seeds: [1],
    labels: [12],
    dataset: { kind: 'mnist-idx', unlabelled: 'all', validation: 12 },
  });
  const base = {
    ...small,
    model: { ...small.model, width: 4 },
    pretraining: {
      ...small.pretraining,
      ...{ epochs: 4, batch: 8, tau: { base: 0.9, schedule: 'constant' }, predictor: { hidden: 8 } },
      projector: { ...small.pretraining.projector, hidden: 8, output: 8 },
      monitor: { ...small.pretraining.monitor, onCollapse: 'continue' },
      ...changes,
    },
  };
  const plan = planSweep({ name, axes: [axis], fixed: [], rungs: 2, keep: 0.5 }, (set) =>
    parseSpec(applyOverrides(base, set)),
  );
  await bucket.put(keys.sweepPlan(name), Buffer.from(JSON.stringify(plan)));
  return { name, plan: contentDigest(JSON.parse(JSON.stringify(plan))) };
}
const prepare = (
  sweep: SweepRef,
  rung: number,
  after?: number,
  member = 2,
  tried: number[] = [],
): Promise<PreparedMember> =>
  quietEnvironment().run(createPrepareMember({ store, scratch: cache }), { sweep, member, rung, after, tried });
const dependencies = () => ({ store, cache, worker: 'w', device: 'cpu' as const, devices: 1, trainer });
const pretrain = ({ ref }: PreparedMember, throughEpoch: number, withoutTest = true): Promise<TrainedEpochs> => {
  const call = { experiment: ref, dataset, seed: 1, throughEpoch, withoutTest };
  return quietEnvironment().run(createPretrainEpochs(dependencies()), call);
};

const setting = { seed: 1, labels: 12, learningRate: 0.01, epochs: 4 };
const classify = ({ ref }: PreparedMember, arm: Arm): Promise<TrainedEpochs> => {
  const call = { experiment: ref, dataset, arm, ...setting, throughEpoch: 4 };
  return quietEnvironment().run(createTrainClassifierEpochs(dependencies()), call);
};
const epochsOf = async (experiment: string, run: string): Promise<number | undefined> =>
  (await latestCheckpoint(bucket, { experiment, run }))?.manifest.position.epoch;

test('a member records its spec as an experiment does, and a name with another spec is refused', async () => {
  const sweep = await keepPlan('recorded');
  const { spec, ref } = await prepare(sweep, 1);
  expect(spec).toMatchObject({ name: 'recorded-02-rung-1', pretraining: { epochs: 2, learningRate: 0.002 } });
  expect(parseSpec(JSON.parse((await bucket.get(keys.experimentSpec(ref.name))).toString()))).toEqual(spec);
  expect(await prepare(sweep, 1)).toEqual({ spec, ref });
  expect(await bucket.head(`${keys.experimentSpec(ref.name)}.sha256`)).not.toBeNull();
  expect(JSON.parse((await bucket.get(keys.experimentSweep(ref.name))).toString())).toEqual({
    ...{ format: 'durable-byol-membership/1', sweep: 'recorded', member: 2, members: 2, pretrainingOnly: 1 },
    settings: { pretrained: 4, supervised: 2 },
  });
  const other = Buffer.from(JSON.stringify({ ...spec, seeds: [7] }));
  await bucket.put(keys.experimentSpec(ref.name), other);
  await expect(prepare(sweep, 1)).rejects.toThrow(/Somebody edited/);
  await bucket.delete(keys.experimentSpec(ref.name));
  await bucket.delete(keys.seal(keys.experimentSpec(ref.name)));
  await putSealed(bucket, keys.experimentSpec(ref.name), other, keys.experimentRuns(ref.name));
  await expect(prepare(sweep, 1)).rejects.toThrow(/with other settings \(seeds\[0\]: 7 -> 1\)/);
  await expect(prepare({ ...sweep, plan: 'e'.repeat(64) }, 2)).rejects.toThrow(
    /not the one that the sweep was started with/,
  );
});

test('without the test split nothing of it is read; run again with it, the report has its test images', async () => {
  const member = await prepare(await keepPlan('blind'), 2);
  const { splits } = await loadManifest(bucket, dataset);
  const ofTest = [splits.test.labels!, ...splits.test.shards].map(({ sha256 }) => keys.datasetBlob(sha256));
  await pretrain(member, 4);
  await classify(member, 'fine-tuned');
  expect(read.length).toBeGreaterThan(0);
  expect(read.filter((key) => ofTest.includes(key))).toEqual([]);
  expect(await bucket.head(keys.embedding(member.ref.name, 1))).toBeNull();

  const before = await latestCheckpoint(bucket, { experiment: member.ref.name, run: keys.pretrainingRun(1) });
  const again = await pretrain(member, 4, false);
  expect(again.checkpoint.digest).toBe(before?.manifest.blobs.state.sha256);
  expect(read.filter((key) => ofTest.includes(key)).length).toBeGreaterThan(0);
  expect(await bucket.head(keys.embedding(member.ref.name, 1))).not.toBeNull();
}, 120_000);

test('the next rung goes on from the earlier one where schedules permit, to the bits of training anew', async () => {
  const sweep = await keepPlan('continues');
  await pretrain(await prepare(sweep, 1), 2);
  const continued = await prepare(sweep, 2, 1);
  const to = { experiment: 'continues-02', run: keys.pretrainingRun(1) };
  expect((await latestCheckpoint(bucket, to))?.manifest.position.epoch).toBe(2);
  expect(await bucket.head(keys.samples('continues-02'))).not.toBeNull();
  const anew = await prepare(await keepPlan('anew'), 2);
  expect((await pretrain(continued, 4)).checkpoint.digest).toBe((await pretrain(anew, 4)).checkpoint.digest);
}, 120_000);

test('where a schedule is spread over the whole length, the next rung begins anew', async () => {
  const sweep = await keepPlan('spread', { schedule: { warmup: 0, decay: 'cosine' } });
  await pretrain(await prepare(sweep, 1), 2);
  await prepare(sweep, 2, 1);
  expect(await latestCheckpoint(bucket, { experiment: 'spread-02', run: keys.pretrainingRun(1) })).toBeNull();
}, 120_000);

test('a stage that two members have in common is taken from the one that is through, with the same bits', async () => {
  const baseline = keys.classifierRun({ ...setting, arm: 'supervised' });
  const byPretraining = await keepPlan('rates');
  const first = await prepare(byPretraining, 2, undefined, 1);
  const { digest } = (await classify(first, 'supervised')).checkpoint;
  await pretrain(first, 4);
  const second = await prepare(byPretraining, 2, undefined, 2, [1]);
  expect(await epochsOf('rates-02', baseline)).toBe(4);
  expect(await epochsOf('rates-02', keys.pretrainingRun(1))).toBeUndefined();
  expect((await classify(second, 'supervised')).checkpoint.digest).toBe(digest);
  const alone = await prepare(await keepPlan('alone'), 2);
  expect((await classify(alone, 'supervised')).checkpoint.digest).toBe(digest);

  const byClassifier = await keepPlan('batches', {}, { path: 'classifier.batch', values: [6, 12] });
  const one = await prepare(byClassifier, 2, undefined, 1);
  await classify(one, 'supervised');
  await pretrain(one, 3);
  await prepare(byClassifier, 2, undefined, 2, [1]);
  // What is not whole is not taken.
  expect(await epochsOf('batches-02', keys.pretrainingRun(1))).toBeUndefined();
  await pretrain(one, 4);
  await prepare(byClassifier, 2, undefined, 2, [1]);
  expect(await epochsOf('batches-02', keys.pretrainingRun(1))).toBe(4);
  expect(await epochsOf('batches-02', baseline)).toBeUndefined();
}, 120_000);

test('what a member takes from another it takes with its images and starting weights, whatever their source holds by now', async () => {
  const sweep = await keepPlan('starts');
  const first = await prepare(sweep, 2, undefined, 1);
  const kept = [keys.experimentDataset, keys.experimentWeights];
  for (const keyOf of kept) await bucket.put(keyOf(first.ref.name), Buffer.from(`{"digest":"${keyOf('x')}"}`));
  const second = await prepare(sweep, 2, undefined, 2, [1]);
  for (const keyOf of kept)
    expect((await bucket.get(keyOf(second.ref.name))).toString()).toBe(`{"digest":"${keyOf('x')}"}`);
  await bucket.put(keys.experimentWeights('halved-02-rung-1'), Buffer.from('{"digest":"early"}'));
  await prepare(await keepPlan('halved'), 2, 1);
  expect((await bucket.get(keys.experimentWeights('halved-02'))).toString()).toBe('{"digest":"early"}');
});

test('a leaderboard is gone on with by the sweep of its plan alone', async () => {
  const sweep = { name: 'known', plan: 'a'.repeat(64) };
  const recall = (ref: SweepRef) => quietEnvironment().run(createRecallLeaderboard({ store }), ref);
  expect(await recall(sweep)).toBeNull();
  const scores = [{ rung: 1, experiment: 'known-01', validationAccuracy: 0.5, byArm: { supervised: 0.5 } }];
  const standing: Leaderboard = {
    ...{ format: 'durable-byol-leaderboard/1', sweep: 'known', plan: sweep.plan, rungs: 1, rung: 1 },
    rows: [{ member: 1, settings: 'precision=fp32', state: 'tried', experiment: 'known-01', scores }],
  };
  await quietEnvironment().run(createKeepLeaderboard({ store }), standing);
  expect(await recall(sweep)).toEqual(standing);
  expect(await recall({ ...sweep, plan: 'b'.repeat(64) })).toBeNull();
  await bucket.put(keys.leaderboard('known'), Buffer.from('{"rows": 1}'));
  await expect(recall(sweep)).rejects.toThrow(/sweeps\/known\/leaderboard\.json is not what this program wrote/);
});
