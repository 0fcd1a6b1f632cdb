import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEvaluate } from '../../../activities/classifier/evaluate';
import { createFetchDataset, type FetchedDataset } from '../../../activities/dataset/fetch-dataset';
import { eventFile } from '../../../activities/formats/event-file';
import { createPretrainEpochs } from '../../../activities/pretraining/pretrain-epochs';
import { createTrainClassifierEpochs } from '../../../activities/classifier/train-classifier-epochs';
import { loadManifest, readLabels } from '../../../datasets/read';
import { drawSplits } from '../../../datasets/splits';
import type { Arm } from '../../../experiment/comparison';
import { metricNames, parseMetrics } from '../../../experiment/run-metrics';
import { parseSpec, specDigest, type ExperimentSpec } from '../../../experiment/resolve';
import * as keys from '../../../storage/keys';
import { openObjectStore, type ObjectStore } from '../../../storage/object-store';
import { startObjectStore, type ObjectStoreServer } from '../../servers/object-store';
import { quietEnvironment } from '../quiet-environment';
import { RecordingTrainer } from '../recording-trainer';

/**
 * What the training activities feed to the programs, from the real engine's calls: rates, tau, the names of the random
 * draws, which images and labels. The programs themselves are compared with PyTorch elsewhere.
 */
let server: ObjectStoreServer;
let store: ObjectStore & { close(): void };
let cache: string;
let trainer: RecordingTrainer;
let dataset: string;
beforeAll(async () => {
  server = await startObjectStore();
  store = openObjectStore(server.settings);
  cache = await mkdtemp(join(tmpdir(), 'byol-traces-'));
  const experiment = await record(spec('fetched'));
  const fetched: FetchedDataset = await quietEnvironment().run(createFetchDataset({ store, scratch: cache }), {
    experiment,
  });
  dataset = fetched.digest;
}, 60_000);
beforeEach(() => (trainer = new RecordingTrainer(cache)));
afterEach(() => trainer.stop());
afterAll(async () => {
  store.close();
  await server.stop();
  await rm(cache, { recursive: true });
});

const base = {
  dataset: { kind: 'mnist-idx', unlabelled: 70, validation: 40 },
  model: { backbone: 'resnet-mini', stem: '5x5', width: 4 },
  labels: [20],
  seeds: [1, 2],
};
const pretraining = {
  epochs: 3,
  batch: 8,
  optimizer: { name: 'sgd' },
  learningRate: 0.01,
  schedule: { warmup: 0.2, decay: 'cosine' },
  tau: { base: 0.9, schedule: 'cosine' },
  projector: { hidden: 8, output: 4 },
  predictor: { hidden: 8 },
};
const classifier = {
  epochs: 3,
  batch: 8,
  optimizer: { name: 'sgd' },
  learningRates: [0.01],
  schedule: { decay: 'cosine' },
  augment: [{ op: 'horizontal-flip' }],
};
const spec = (name: string, changes: object = {}): ExperimentSpec =>
  parseSpec({ name, ...base, classifier, pretraining: { ...pretraining, ...changes } });

async function record(made: ExperimentSpec) {
  await store.put(keys.experimentSpec(made.name), Buffer.from(JSON.stringify(made)));
  return { name: made.name, specDigest: specDigest(made) };
}
const dependencies = () => ({ store, cache, worker: 'w', device: 'cpu' as const, devices: 1, trainer });

async function pretrain(made: ExperimentSpec, throughEpoch: number, seed = 1) {
  const experiment = await record(made);
  await quietEnvironment().run(createPretrainEpochs(dependencies()), { experiment, dataset, seed, throughEpoch });
}

describe('pretraining feeds', () => {
  const total = 3 * 8;

  test('the rate and tau of the schedule over the whole run, each step once, epoch after epoch', async () => {
    await pretrain(spec('schedules'), 3);
    const metrics = parseMetrics((await store.get(keys.runMetrics('schedules', 'seed-1/pretraining'))).toString());
    expect(metrics.map(({ epoch, step }) => [epoch, step])).toEqual([1, 2, 3].map((epoch) => [epoch, 8 * epoch]));
    const ofPretraining = metricNames.filter((name) => name !== 'validation/accuracy');
    for (const { at, values } of metrics) {
      expect(at).toBeDefined();
      expect(Object.keys(values).sort()).toEqual([...ofPretraining].sort());
    }
    const events = await store.get(keys.runEvents('schedules', 'seed-1/pretraining'));
    expect(events.equals(eventFile(metrics))).toBe(true);
    await store.delete(keys.runEvents('schedules', 'seed-1/pretraining'));
    await pretrain(spec('schedules'), 3); // as after a worker that was killed just after the commit
    expect(await store.get(keys.runEvents('schedules', 'seed-1/pretraining'))).toEqual(events);
    const rates = trainer.fed('train', 'learning_rate');
    const rise = 0.2 * total;
    const expected = Array.from({ length: total }, (_, t) =>
      t + 1 < rise
        ? (0.01 * (t + 1)) / rise
        : 0.005 * (1 + Math.cos((Math.PI * Math.max(0, t - rise)) / (total - rise))),
    );
    expect(rates).toHaveLength(total);
    rates.forEach((rate, at) => expect(rate).toBeCloseTo(expected[at] as number, 7));
    const tau = trainer.fed('train', 'tau');
    expect([tau[0], tau.at(-1)]).toEqual([Math.fround(0.9), 1]);
    tau.forEach((value, at) =>
      expect(value).toBeCloseTo(1 - (0.1 * (1 + Math.cos((Math.PI * at) / (total - 1)))) / 2, 6),
    );
    expect(tau.slice(0, -1).every((value) => value < 1)).toBe(true);
    const steps = trainer.calls
      .filter(({ signature }) => signature === 'train')
      .flatMap(({ feeds }) => (feeds['tau'] ?? []).map((_, at) => (feeds['step']?.[0] as number) + at));
    expect(steps).toEqual(Array.from({ length: total }, (_, at) => at));
  });

  test('every image at most once an epoch, in another order each time', async () => {
    await pretrain(spec('orders'), 3);
    const indices = trainer.fed('train', 'indices');
    const epochs = [0, 1, 2].map((epoch) => indices.slice(64 * epoch, 64 * (epoch + 1)));
    for (const epoch of epochs) expect(new Set(epoch).size).toBe(64);
    expect(new Set(epochs.map(String)).size).toBe(3);
    const { unlabelled } = await splits(1);
    expect(indices.every((place) => unlabelled.includes(place))).toBe(true);
  });

  test('views whose draws differ between the two views and between seeds, and not between epochs', async () => {
    const keysOf = async (seed: number) => {
      trainer.calls = [];
      await pretrain(spec('draws'), 2, seed);
      return trainer.calls.filter(({ signature }) => signature === 'train').map(({ feeds }) => feeds['key']);
    };
    const [one, two] = [await keysOf(1), await keysOf(2)];
    expect(new Set(one.map(String)).size).toBe(1);
    expect(new Set([...(one[0] ?? []), ...(two[0] ?? [])]).size).toBe(4);
  });

  test('the same rates and tau to 8 images a step as to 2 times 4 (B4), with tau at its ends at the ends (B5)', async () => {
    await pretrain(spec('whole'), 3);
    const [rates, tau] = [trainer.fed('train', 'learning_rate'), trainer.fed('train', 'tau')];
    trainer.calls = [];
    await pretrain(spec('halves', { batch: 4, accumulate: 2 }), 3);
    expect(trainer.fed('apply', 'learning_rate')).toEqual(rates);
    expect(trainer.fed('apply', 'tau')).toEqual(tau);
    expect(trainer.fed('apply', 'optimizer_step')).toEqual(Array.from({ length: total }, (_, at) => at));
    expect(trainer.fed('accumulate', 'indices')).toHaveLength(2 * 4 * total);
  });

  test('the same to a run that was cut after an epoch (C3)', async () => {
    await pretrain(spec('unbroken'), 3);
    const trace = ['indices', 'learning_rate', 'tau'].map((name) => trainer.fed('train', name));
    trainer.calls = [];
    await pretrain(spec('broken'), 1);
    await pretrain(spec('broken'), 3);
    expect(['indices', 'learning_rate', 'tau'].map((name) => trainer.fed('train', name))).toEqual(trace);
  });

  test('by an engine with the threads of the checkpoint that it goes on from', async () => {
    await pretrain(spec('threads'), 1);
    expect(new Set(trainer.threads)).toEqual(new Set([undefined]));
    trainer.threads = [];
    await pretrain(spec('threads'), 2);
    expect(new Set(trainer.threads)).toEqual(new Set([1]));
  });
});

const splits = async (seed: number) => {
  const manifest = await loadManifest(store, dataset);
  const labels = await readLabels(store, manifest, 'train');
  return { ...drawSplits(spec('x').dataset, manifest, labels, seed), labels };
};

describe('a classifier is fed', () => {
  async function train(name: string, arm: Arm) {
    const experiment = await record(spec(name));
    const of = { experiment, dataset, seed: 1, arm, labels: 20 as const };
    trainer.calls = [];
    const setting = { learningRate: 0.01, epochs: 3 };
    await quietEnvironment().run(createTrainClassifierEpochs(dependencies()), { ...of, ...setting, throughEpoch: 3 });
    const trained = trainer.calls;
    trainer.calls = [];
    const point = { ...setting, validationAccuracy: 0.5, validationLoss: 1 };
    await quietEnvironment().run(createEvaluate(dependencies()), { ...of, chosen: point, search: [point] });
    return { trained, tested: trainer.calls };
  }
  const named = (calls: RecordingTrainer['calls'], signature: string) =>
    calls.filter((call) => call.signature === signature);

  test('its labelled images alone in training, validation after it, and the test split once at the end', async () => {
    const drawn = await splits(1);
    const [labelled, { validation, labels }] = [drawn.labelled(20), drawn];
    const { trained, tested } = await train('baseline', 'supervised');
    const places = named(trained, 'train').flatMap(({ feeds }) => feeds['indices'] ?? []);
    expect(places).toHaveLength(3 * 16);
    expect(places.every((place) => labelled.includes(place) && !validation.includes(place))).toBe(true);
    const classes = named(trained, 'train').flatMap(({ feeds }) => feeds['labels'] ?? []);
    expect(classes).toEqual(places.map((place) => labels[place]));
    const judged = named(trained, 'predict');
    expect(judged.flatMap(({ feeds }) => feeds['indices'])).toEqual([1, 2, 3].flatMap(() => Array.from(validation)));
    expect(new Set(trained.map(({ images }) => images))).toEqual(new Set([`${dataset} train`]));
    expect(new Set(tested.map(({ images }) => images))).toEqual(new Set([`${dataset} test`]));
    expect(named(tested, 'predict').flatMap(({ feeds }) => feeds['indices'])).toEqual(
      Array.from({ length: 10_000 }, (_, at) => at),
    );
    expect(named(tested, 'train')).toEqual([]);
  });

  test('the same in either arm, but for the encoder that fine-tuning starts from', async () => {
    await pretrain(spec('arms'), 3);
    const { trained: scratch } = await train('arms', 'supervised');
    const { trained: tuned } = await train('arms', 'fine-tuned');
    const fed = (calls: RecordingTrainer['calls']) =>
      named(calls, 'train').map(({ feeds: { indices, labels, key, step, learning_rate: rate } }) => ({
        ...{ indices, labels, key, step, rate },
      }));
    const flat = (calls: RecordingTrainer['calls'], name: 'indices' | 'labels' | 'rate') =>
      fed(calls).flatMap((each) => each[name] ?? []);
    for (const name of ['indices', 'labels', 'rate'] as const) expect(flat(tuned, name)).toEqual(flat(scratch, name));
    expect(fed(tuned)[0]?.key).toEqual(fed(scratch)[0]?.key);
    expect(named(scratch, 'encoder')).toHaveLength(0);
    expect(named(tuned, 'encoder')).toHaveLength(1);
    expect(named(tuned, 'init').map(({ feeds }) => feeds['key'])).toEqual(
      named(scratch, 'init').map(({ feeds }) => feeds['key']),
    );
  });

  test('rates by cosine over its own run, and a step number that goes on, so that no two steps draw the same', async () => {
    const { trained } = await train('rates', 'supervised');
    const calls = named(trained, 'train');
    const rates = calls.flatMap(({ feeds }) => feeds['learning_rate'] ?? []);
    rates.forEach((rate, at) => expect(rate).toBeCloseTo(0.005 * (1 + Math.cos((Math.PI * at) / 6)), 7));
    const steps = calls.flatMap(({ feeds }) =>
      (feeds['learning_rate'] ?? []).map((_, at) => (feeds['step']?.[0] as number) + at),
    );
    expect(steps).toEqual([0, 1, 2, 3, 4, 5]);
  });
});
