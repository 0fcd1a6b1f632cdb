import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { readMetadata } from '../../../activities/epochs/checkpoint-metadata';
import { createEvaluate, type SearchPoint } from '../../../activities/classifier/evaluate';
import { createPretrainEpochs } from '../../../activities/pretraining/pretrain-epochs';
import { openSafetensors } from '../../../activities/formats/safetensors';
import {
  createTrainClassifierEpochs,
  type TrainedClassifier,
} from '../../../activities/classifier/train-classifier-epochs';
import { Trainer } from '../../../activities/trainer';
import type { Arm, ComparisonOf } from '../../../experiment/comparison';
import { specDigest } from '../../../experiment/digest';
import type { ExperimentSpec } from '../../../experiment/resolve';
import { searchGrid, type Setting } from '../../../experiment/search-grid';
import { setupPaths } from '../../../infra/setup-paths';
import { comparisonResult } from '../../../report/results';
import { commitCheckpoint } from '../../../storage/checkpoint';
import { latestCheckpoint, restoreState } from '../../../storage/checkpoint-restore';
import * as keys from '../../../storage/keys';
import { openObjectStore, type ObjectStore } from '../../../storage/object-store';
import { stateLayout } from '../../../training/state';
import { chooseSetting } from '../../../workflows/choose';
import { startObjectStore, type ObjectStoreServer } from '../../servers/object-store';
import { smallSpec } from '../../workflows/run';
import { expectClose, norm } from '../../training/closeness';
import { quietEnvironment } from '../quiet-environment';
import { barImages, keepDataset, type LabelledImages } from '../stored-dataset';

/** The arms through the real activities, engine and store, on a small network and a few images. */
let server: ObjectStoreServer;
let store: ObjectStore & { close(): void };
let cache: string;
let trainer: Trainer;
beforeAll(async () => {
  server = await startObjectStore();
  store = openObjectStore(server.settings);
  cache = await mkdtemp(join(tmpdir(), 'byol-arms-'));
  const { tensorflowBinding: binding, libraryPath } = setupPaths();
  trainer = new Trainer({ engine: { binding, libraryPath }, cache, device: 'cpu', threads: 1 });
}, 60_000);
afterAll(async () => {
  await trainer?.stop();
  store?.close();
  await server?.stop();
  await rm(cache, { recursive: true });
});

const classes = ['oak', 'elm', 'дуб'];
const bars = () => ({ train: barImages(36, 3, 1), test: { ...barImages(30, 3, 2), names: pathsOf(30) } });
const pathsOf = (count: number) => Array.from({ length: count }, (_, at) => `test/${at % 3}/${at}, "x".png`);

/** A spec on 36 images of 3 classes, 12 of them for validation. */
function specOf(name: string, changes: { epochs?: number; classifier?: Partial<ExperimentSpec['classifier']> } = {}) {
  const spec = smallSpec({
    name,
    seeds: [1],
    labels: [12],
    dataset: { kind: 'mnist-idx', unlabelled: 'all', validation: 12 },
  });
  return {
    ...spec,
    model: { ...spec.model, width: 4 },
    pretraining: {
      ...spec.pretraining,
      epochs: changes.epochs ?? 1,
      batch: 8,
      projector: { ...spec.pretraining.projector, hidden: 8, output: 8 },
      predictor: { hidden: 8 },
    },
    classifier: { ...spec.classifier, epochs: 3, learningRates: [0.01], checkpointEvery: 100, ...changes.classifier },
  };
}

/** An experiment whose activities can be called. */
async function experimentOn(spec: ExperimentSpec, splits: { train: LabelledImages; test: LabelledImages } = bars()) {
  const dataset = await keepDataset(store, classes, splits);
  await store.put(keys.experimentSpec(spec.name), Buffer.from(JSON.stringify(spec)));
  const input = { experiment: { name: spec.name, specDigest: specDigest(spec) }, dataset };
  const dependencies = { store, cache, worker: 'test', device: 'cpu' as const, devices: 1, trainer };
  const of = (arm: Arm): ComparisonOf => ({ seed: 1, arm, labels: spec.labels[0] ?? 'all' });
  const train = (arm: Arm, setting: Setting): Promise<TrainedClassifier> =>
    quietEnvironment().run(createTrainClassifierEpochs(dependencies), {
      ...input,
      ...of(arm),
      ...setting,
      throughEpoch: setting.epochs,
    });
  return {
    train,
    pretrain: () => quietEnvironment().run(createPretrainEpochs(dependencies), { ...input, seed: 1, throughEpoch: 1 }),
    /** The whole of a classifier's workflow. */
    compare: async (arm: Arm) => {
      const search: SearchPoint[] = [];
      for (const setting of searchGrid(spec.classifier)) {
        const { validation } = await train(arm, setting);
        search.push({ ...setting, validationAccuracy: validation.accuracy, validationLoss: validation.loss });
      }
      const call = { ...input, ...of(arm), chosen: chooseSetting(search), search };
      await quietEnvironment().run(createEvaluate(dependencies), call);
      const key = keys.result(spec.name, keys.comparisonRun(of(arm)));
      return comparisonResult.parse(JSON.parse((await store.get(key)).toString()));
    },
    /** What the last checkpoint of a run says of itself. */
    metadata: async (run: string) => {
      const found = await latestCheckpoint(store, { experiment: spec.name, run });
      return readMetadata(found!.manifestKey, found!.manifest.metadata);
    },
    /** Bytes of each tensor in the last checkpoint of a run. */
    tensors: async (run: string) => {
      const found = await latestCheckpoint(store, { experiment: spec.name, run });
      const path = join(cache, 'tensors');
      await rm(path, { force: true });
      await restoreState(store, spec.name, found!.manifest, path);
      const file = await openSafetensors(path);
      const read = Object.entries(file.entries).map(async ([name, entry]) => [name, await file.read(entry)] as const);
      return new Map(await Promise.all(read).finally(() => file.close()));
    },
  };
}

const setting = { learningRate: 0.01, epochs: 3 };
const runOf = (arm: Arm) => keys.classifierRun({ seed: 1, arm, labels: 12, ...setting });

test('without pretraining, fine-tuned is supervised bit for bit, and its gain is 0', async () => {
  const { train, compare } = await experimentOn(specOf('d8', { epochs: 0 }));
  const [supervised, tuned] = [await train('supervised', setting), await train('fine-tuned', setting)];
  expect(tuned.checkpoint.digest).toBe(supervised.checkpoint.digest);
  const probe = await train('linear-probe', setting);
  expect(probe.checkpoint.digest).not.toBe(supervised.checkpoint.digest);
  const accuracies = [(await compare('supervised')).test.accuracy, (await compare('fine-tuned')).test.accuracy];
  expect(accuracies[1]).toBe(accuracies[0]);
}, 120_000);

describe('with a pretrained encoder', () => {
  let experiment: Awaited<ReturnType<typeof experimentOn>>;
  let pretrained: Map<string, Buffer>;
  beforeAll(async () => {
    experiment = await experimentOn(specOf('pretrained'));
    await experiment.pretrain();
    pretrained = await experiment.tensors('seed-1/pretraining');
  }, 120_000);
  const encoderOf = (tensors: Map<string, Buffer>) =>
    [...tensors].filter(([name]) => name.startsWith('backbone.')).map(([name, bytes]) => [name, bytes.toString('hex')]);

  test('the linear probe ends with the very encoder that pretraining left, and a trained head', async () => {
    await experiment.train('linear-probe', setting);
    const probe = await experiment.tensors(runOf('linear-probe'));
    const encoder = encoderOf(probe);
    expect(encoder.length).toBeGreaterThan(20);
    for (const [name, bytes] of encoder) expect(pretrained.get(`online.${name}`)?.toString('hex')).toBe(bytes);
    await experiment.train('fine-tuned', setting);
    const tuned = await experiment.tensors(runOf('fine-tuned'));
    expect(encoderOf(tuned)).not.toEqual(encoder);
    expect(tuned.get('fc.weight')).not.toEqual(probe.get('fc.weight'));
  }, 120_000);

  test('the result has the metrics that the stored predictions give, a line for each path', async () => {
    const { test: made, chosen, search, labelCount } = await experiment.compare('linear-probe');
    expect({ chosen, labelCount }).toEqual({ chosen: setting, labelCount: 12 });
    expect(search[0]?.curve.map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
    const rows: string[][] = parse(await store.get(made.predictionsKey));
    expect(rows[0]).toEqual(['image', 'label', 'predicted', ...classes]);
    expect(rows.slice(1).map(([path]) => path)).toEqual(pathsOf(30));
    expect(made.accuracy).toBeCloseTo(rows.slice(1).filter(([, truth, said]) => truth === said).length / 30, 12);
    expect(made).toMatchObject({ count: 30, top5: null });
    expect(made.perClass.map(({ name, count }) => [name, count])).toEqual(classes.map((name) => [name, 10]));
    expect(made.confusion.flat().reduce((sum, images) => sum + images, 0)).toBe(30);
  }, 120_000);

  test('lost predictions, and a digest that an older version left out, are made again: the same bytes', async () => {
    const whole = await experiment.compare('linear-probe');
    const { predictionsSha256: _none, ...older } = whole.test;
    const before = await store.get(older.predictionsKey);
    await store.delete(older.predictionsKey);
    expect(await experiment.compare('linear-probe')).toEqual(whole);
    expect((await store.get(older.predictionsKey)).equals(before)).toBe(true);
    const key = keys.result('pretrained', keys.comparisonRun({ seed: 1, arm: 'linear-probe', labels: 12 }));
    await store.put(key, Buffer.from(JSON.stringify({ ...whole, test: older })));
    expect(await experiment.compare('linear-probe')).toEqual(whole);
  }, 120_000);
});

test.each(['linear-probe', 'fine-tuned'] as const)(
  '%s refuses an encoder of which only a part is there, or under other names',
  async (arm) => {
    for (const [name, prefix] of Object.entries({ [`half-${arm}`]: '', [`prefix-${arm}`]: 'module.' })) {
      const experiment = await experimentOn(specOf(name));
      const half = { name: `${prefix}online.backbone.conv1.weight`, dtype: 'float32', shape: [5, 5, 1, 4] } as const;
      const stateFile = join(cache, name);
      await writeFile(stateFile, Buffer.concat([stateLayout([half]).header, Buffer.alloc(400)]));
      const at = { position: { epoch: 1, step: 3 }, program: 'p', stateFile, metadata: {}, parentKey: null };
      await commitCheckpoint(store, { experiment: name, run: 'seed-1/pretraining', ...at });
      await expect(experiment.train(arm, setting)).rejects.toMatchObject({
        name: 'EncoderMismatchError',
        retryable: false,
        message: expect.stringMatching(/has no online\.backbone\./) as string,
      });
    }
  },
  120_000,
);

test('a batch larger than the labelled images is all of them', async () => {
  const { train } = await experimentOn(specOf('few', { epochs: 0, classifier: { batch: 500 } }));
  expect(await train('supervised', setting)).toMatchObject({ epoch: 3, step: 3, last: { steps: 1 } });
}, 120_000);

test('labels that mean nothing: near chance on the test split, though the training images are learnt by heart', async () => {
  const scrambled = (images: LabelledImages, key: number): LabelledImages => {
    let random = key;
    const next = () => (random = (Math.imul(random, 1664525) + 1013904223) >>> 0) >>> 16;
    return { ...images, labels: images.labels.map(() => next() % 3) };
  };
  const splits = { train: scrambled(barImages(72, 3, 5), 9), test: scrambled(barImages(300, 3, 6), 10) };
  const grid = { epochs: [10, 60], learningRates: [0.003, 0.01], batch: 12 };
  const { compare } = await experimentOn(specOf('d6', { epochs: 0, classifier: grid }), splits);
  const { search, test: made } = await compare('supervised');
  expect(search).toHaveLength(4);
  expect(Math.min(...search.map(({ curve }) => curve.at(-1)!.loss))).toBeLessThan(0.3);
  expect(made.accuracy).toBeGreaterThan(1 / 3 - 0.08);
  expect(made.accuracy).toBeLessThan(1 / 3 + 0.08);
}, 300_000);

test.each(['bf16', 'fp16'] as const)(
  'an experiment in %s: every checkpoint says so, its states are float32',
  async (precision) => {
    const { pretrain, train, metadata, tensors } = await experimentOn({ ...specOf(`in-${precision}`), precision });
    await pretrain();
    await train('fine-tuned', setting);
    const exact = await experimentOn(specOf(`beside-${precision}`));
    await exact.pretrain();
    for (const run of ['seed-1/pretraining', runOf('fine-tuned')])
      expect((await metadata(run)).precision).toBe(precision);
    const beside = { precision: 'fp32', devices: 1, cores: availableParallelism() };
    expect(await exact.metadata('seed-1/pretraining')).toMatchObject(beside);
    const name = 'online.backbone.conv1.weight';
    const read = async (of: typeof tensors) => {
      const bytes = (await of('seed-1/pretraining')).get(name)!;
      return Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readFloatLE(4 * at));
    };
    const [rough, single] = [await read(tensors), await read(exact.tensors)];
    expect(rough).toHaveLength(single.length);
    expect(rough).not.toEqual(single);
    expectClose(rough, single, 0.1 * norm(single), name);
  },
  120_000,
);
