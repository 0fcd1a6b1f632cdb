import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPretrainEpochs } from '../../../activities/pretraining/pretrain-epochs';
import { machineMemory, memoryNeed, requireMemory, MemoryError } from '../../../activities/machine/memory';
import type { Trainer } from '../../../activities/trainer';
import { float32Feed, int32Feed } from '../../../engine/protocol';
import { specDigest } from '../../../experiment/digest';
import { parseSpec, type ExperimentSpec } from '../../../experiment/resolve';
import * as keys from '../../../storage/keys';
import { openObjectStore, type ObjectStore } from '../../../storage/object-store';
import { pretrainingProgram } from '../../../training/byol/program';
import { classifierProgram } from '../../../training/classifier/program';
import { imagesPerCall, type Program } from '../../../training/program';
import { startObjectStore, type ObjectStoreServer } from '../../servers/object-store';
import { quietEnvironment } from '../quiet-environment';
import { barImages, keepDataset } from '../stored-dataset';
import { WatchedEngine } from './watched-engine';

const flip = { first: [], second: [{ op: 'horizontal-flip', p: 1 }] };
const small = { backbone: 'resnet-mini', stem: '5x5', width: 8 };
const specOf = (batch: number, changes: object = {}, pretraining: object = {}): ExperimentSpec =>
  parseSpec({
    name: 'memory',
    dataset: { kind: 'mnist-idx', unlabelled: 'all', validation: 10 },
    model: small,
    labels: [20],
    seeds: [1],
    pretraining: {
      ...{ epochs: 1, batch, optimizer: { name: 'adam' }, learningRate: 1e-4, views: flip },
      projector: { hidden: 64, output: 32 },
      predictor: { hidden: 64 },
      ...pretraining,
    },
    classifier: { epochs: 1, batch: 20, optimizer: { name: 'adam' }, learningRates: [1e-4] },
    ...changes,
  });
const formatOf = (size: number) => ({ height: size, width: size, channels: 3, mean: [0.5, 0.5, 0.5], std: [1, 1, 1] });

const MB = 2 ** 20;

const taus = (steps: number) => ({ tau: float32Feed(new Array<number>(steps).fill(0.9), [steps]) });

describe('the estimate is about what the process takes beside its images and weights', () => {
  test.each([
    ['a small network', specOf(128), 64, 128],
    ['a small network in bf16', specOf(128, { precision: 'bf16' }), 64, 128],
    [
      'a ResNet-18 in bf16',
      specOf(32, { precision: 'bf16', model: { backbone: 'resnet18', stem: '5x5', width: 32 } }),
      64,
      32,
    ],
    ['a ResNet-18', specOf(32, { model: { backbone: 'resnet18', stem: '5x5', width: 16 } }), 64, 32],
  ])('in a step of %s', async (_, spec, size, batch) => {
    const program = pretrainingProgram(spec, formatOf(size), 16);
    const watched = await WatchedEngine.load(program, size, batch);
    const before = await watched.mark();
    await watched.train(batch, 2, taus(2));
    await watched.train(batch, 2, taus(2));
    const taken = (await watched.bytes('VmHWM')) - before;
    await watched.stop();
    const { call } = memoryNeed({ ...program, callBytes: { train: program.callBytes['train']! } }, 0);
    expect(call).toBeGreaterThan(60 * MB);
    expect(taken / call).toBeGreaterThan(0.6);
    expect(taken / call).toBeLessThan(1.7);
  });

  test('in a prediction', async () => {
    const program = classifierProgram(specOf(2), formatOf(96), 10, 20, 'network');
    const images = imagesPerCall(formatOf(96));
    const watched = await WatchedEngine.load(program, 96, images);
    const before = await watched.mark();
    const places = Array.from({ length: images }, (_, at) => at);
    await watched.call('predict', { indices: int32Feed(places, [images]) });
    const taken = (await watched.bytes('VmHWM')) - before;
    await watched.stop();
    const { call } = memoryNeed(program, 0);
    expect(taken / call).toBeGreaterThan(0.6);
    expect(taken / call).toBeLessThan(1.7);
  });

  test('and that of large images takes no more than one of small ones', () => {
    const bytes = (size: number) =>
      classifierProgram(specOf(2), formatOf(size), 10, 20, 'network').callBytes['predict'];
    expect((bytes(448) ?? NaN) / (bytes(96) ?? NaN)).toBeLessThan(1.1);
  });
});

test('a thousand steps take no more memory than two hundred', async () => {
  const batch = 8;
  const program = pretrainingProgram(specOf(batch), formatOf(28), batch);
  const watched = await WatchedEngine.load(program, 28, batch);
  const steps = async (count: number) => {
    for (let done = 0; done < count; done += 10) await watched.train(batch, 10, taus(10));
    return watched.bytes('VmRSS');
  };
  const early = await steps(200);
  const late = await steps(800);
  await watched.stop();
  expect(late - early).toBeLessThan(8 * MB);
}, 120_000);

describe('what cannot fit', () => {
  const program = pretrainingProgram(specOf(512, {}, { accumulate: 2 }), formatOf(96), 64);
  const of = (model: object, batch: number) => ({
    ...({ what: 'Pretraining', setting: 'pretraining.batch', batch, accumulate: 2 } as const),
    program: (batch: number, accumulate: number) =>
      pretrainingProgram(specOf(batch, { model }, { accumulate }), formatOf(96), 64),
  });
  const trained = of(small, 512);
  const images = 100 * MB;

  test('is refused with the estimate and a batch that fits, and what fits is not', () => {
    const { total, call } = memoryNeed(program, images);
    for (const enough of [total, undefined]) expect(() => requireMemory(enough, images, trained)).not.toThrow();
    const refused = () => requireMemory(total - 0.45 * call, images, trained);
    expect(refused).toThrow(MemoryError);
    expect(refused).toThrow(
      /^Pretraining with pretraining\.batch 512 needs about 2\.\d GB .*With pretraining\.batch 256 and pretraining\.accumulate 4 a step has as many images/,
    );
    expect(() => requireMemory(100 * MB, images, trained)).toThrow('No batch is small enough');
    expect(new MemoryError('x').retryable).toBe(false);
  });

  // Of the wide one the weights at Winograd's points do not shrink with the batch.
  test.each([
    ['a small network', small],
    ['a wide one', { backbone: 'resnet-mini', stem: '5x5', width: 64 }],
  ])('the batch that is named is the largest whose own program fits: %s', (_, model) => {
    const { program } = of(model, 512);
    const named = (memory: number) => {
      try {
        requireMemory(memory, images, of(model, 512));
      } catch (error) {
        const [, batch, accumulate] =
          /batch (\d+) and pretraining\.accumulate (\d+)/.exec((error as Error).message) ?? [];
        return [Number(batch), Number(accumulate)];
      }
      return [512, 2];
    };
    for (const [batch, accumulate] of [
      [256, 4],
      [128, 8],
      [64, 16],
    ] as const) {
      const own = memoryNeed(program(batch, accumulate), images).total;
      expect(named(own)).toEqual([batch, accumulate]);
      expect(named(own - 1)).toEqual([batch / 2, 2 * accumulate]);
    }
  });

  test('the machine has a finite amount', () => {
    expect(machineMemory()).toBeGreaterThan(2 ** 28);
    expect(machineMemory()).toBeLessThan(2 ** 50);
  });
});

describe('pretraining', () => {
  let server: ObjectStoreServer;
  let store: ObjectStore & { close(): void };
  let cache: string;
  let dataset: string;
  beforeAll(async () => {
    server = await startObjectStore();
    store = openObjectStore(server.settings);
    cache = await mkdtemp(join(tmpdir(), 'byol-refused-'));
    dataset = await keepDataset(store, ['a', 'b'], { train: barImages(2000, 2, 1), test: barImages(10, 2, 2) });
  }, 60_000);
  afterAll(async () => {
    store.close();
    await server.stop();
    await rm(cache, { recursive: true });
  });

  test.each([
    ['itself', specOf(8), 400 * MB, /^Pretraining with pretraining\.batch 8 needs about .*this worker has 0\.4 GB/],
    [
      'a classifier that comes after it',
      specOf(8, { labels: ['all'], classifier: { ...specOf(8).classifier, batch: 20_000 } }),
      700 * MB,
      /^A classifier with classifier\.batch 1990 needs about/,
    ],
  ])('refuses %s before anything is loaded', async (_, spec, memory, message) => {
    await store.put(keys.experimentSpec(spec.name), Buffer.from(JSON.stringify(spec)));
    const trainer = {
      program: (_: string, write: () => Program) => write(),
      load: () => Promise.reject(new Error('loaded')),
    } as unknown as Trainer;
    const dependencies = { store, cache, worker: 'w', device: 'cpu' as const, devices: 1, trainer };
    const experiment = { name: spec.name, specDigest: specDigest(spec) };
    const failure = async (memory: number) =>
      quietEnvironment()
        .run(createPretrainEpochs({ ...dependencies, memory }), { experiment, dataset, seed: 1, throughEpoch: 1 })
        .catch((error: Error) => error.message);
    expect(await failure(memory)).toMatch(message);
    expect(await failure(2 ** 40)).toBe('loaded');
  });
});
