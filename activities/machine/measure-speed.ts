import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { float32Feed, int32Feed } from '../../engine/protocol';
import type { Arm } from '../../experiment/comparison';
import { imageSizeOf } from '../../experiment/datasets';
import type { Speed } from '../../experiment/plan/estimate';
import type { ExperimentSpec } from '../../experiment/resolve';
import { monitorSample } from '../../experiment/monitor-sample';
import type { Device } from '../../training/graph/graph';
import { pretrainingProgram } from '../../training/byol/program';
import { classifierProgram } from '../../training/classifier/program';
import type { ImageFormat } from '../../training/images';
import { imagesPerCall, type Program } from '../../training/program';
import type { TrainingDependencies } from '../training-dependencies';
import { withPulse, throwIfCancelled } from '../pulse';
import { scratchFolder } from './scratch';
import type { LoadedProgram, ResidentImages } from '../trainer';

export interface MeasureSpeedInput {
  /** Its images are not fetched: noise of their size stands for them. */
  spec: ExperimentSpec;
  channels: 1 | 3;
  classes: number;
}

export type MeasureSpeed = (input: MeasureSpeedInput) => Promise<Speed>;

/** Seconds that each figure is measured for, and the most steps: enough for a few calls of the slowest network. */
const secondsPerFigure = 2;
const mostCalls = 12;
const resident = 1024;

/** @returns the activity `measureSpeed`: a few real steps of every program of a spec, on images of noise. */
export function createMeasureSpeed(dependencies: TrainingDependencies): MeasureSpeed {
  return (input) =>
    withPulse({ stage: 'measure' }, () =>
      scratchFolder(dependencies.cache, async (folder) => {
        const images = await noise(input, folder);
        // Nothing that was loaded before takes memory or time, and nothing measured stays.
        await dependencies.trainer.stop();
        try {
          return await measure(dependencies, input, images, folder);
        } finally {
          await dependencies.trainer.stop();
        }
      }),
    );
}

async function noise({ spec, channels }: MeasureSpeedInput, folder: string): Promise<ResidentImages> {
  const bytes = resident * imageSizeOf(spec.dataset) ** 2 * channels;
  const path = join(folder, 'noise');
  await writeFile(path, randomBytes(bytes));
  return { identity: path, count: resident, bytes, shards: () => Promise.resolve([{ path, count: resident }]) };
}

type LoadProgram = (program: Program, first: (loaded: LoadedProgram) => Promise<unknown>) => Promise<LoadedProgram>;

async function measure(
  dependencies: TrainingDependencies,
  input: MeasureSpeedInput,
  images: ResidentImages,
  folder: string,
): Promise<Speed> {
  const size = imageSizeOf(input.spec.dataset);
  const flat = (value: number) => new Array<number>(input.channels).fill(value);
  const format = { height: size, width: size, channels: input.channels, mean: flat(0.5), std: flat(0.25) };
  const loads: number[] = [];
  const load: LoadProgram = async (program, first) => {
    throwIfCancelled();
    const from = performance.now();
    const loaded = await dependencies.trainer.load(program, images);
    await loaded.run('init', { key: int32Feed([1]) });
    await first(loaded);
    loads.push((performance.now() - from) / 1000);
    return loaded;
  };
  const { device } = dependencies;
  const pretraining = await measurePretraining({ ...input, device }, format, load, join(folder, 'state'));
  const classifiers = await measureClassifiers({ ...input, device }, format, load);
  const secondsToLoad = loads.reduce((sum, seconds) => sum + seconds, 0) / loads.length;
  return { devices: 1, ...pretraining, ...classifiers, secondsToLoad };
}

async function measurePretraining(
  { spec, device }: MeasureSpeedInput & { device: Device },
  format: ImageFormat,
  load: LoadProgram,
  state: string,
): Promise<Pick<Speed, 'pretraining' | 'secondsToSave'>> {
  const { batch, accumulate } = spec.pretraining;
  const signature = accumulate === 1 ? 'train' : 'accumulate';
  const step = (loaded: LoadedProgram, count = 1) => loaded.run(signature, pretrainingFeeds(batch, count, signature));
  const loaded = await load(pretrainingProgram(spec, format, monitorSample, device), step);
  const pretraining = await rateOf(batch, (count) => step(loaded, count));
  const from = performance.now();
  await loaded.save(state);
  return { pretraining, secondsToSave: (performance.now() - from) / 1000 };
}

async function measureClassifiers(
  { spec, classes, device }: MeasureSpeedInput & { device: Device },
  format: ImageFormat,
  load: LoadProgram,
): Promise<Pick<Speed, 'classifier' | 'prediction'>> {
  const counted = Math.min(
    spec.classifier.batch,
    resident,
    ...spec.labels.filter((budget) => typeof budget === 'number'),
  );
  const step = (loaded: LoadedProgram, count = 1) => loaded.run('train', classifierFeeds(counted, count));
  const classifier: Partial<Record<'network' | 'head', number>> = {};
  let prediction = 0;
  for (const trains of ['network', 'head'] as const) {
    const needed = spec.arms.some((arm) => (arm === 'linear-probe') === (trains === 'head'));
    if (!needed) continue;
    const loaded = await load(classifierProgram(spec, format, classes, counted, trains, device), step);
    classifier[trains] = await rateOf(counted, (count) => step(loaded, count));
    const perCall = imagesPerCall(format);
    const predict = () => loaded.run('predict', { indices: places(perCall, [perCall]) });
    await predict();
    prediction = await rateOf(perCall, predict, 1);
  }
  const { network = NaN, head = network } = classifier;
  const ofArm: Record<Arm, number> = { supervised: network, 'linear-probe': head, 'fine-tuned': network };
  return { classifier: ofArm, prediction };
}

/**
 * Images a second of calls that hold several steps, as training's do.
 * @param call runs so many steps, at most `most`
 * @param now milliseconds
 */
export async function rateOf(
  batch: number,
  call: (count: number) => Promise<unknown>,
  most = 50,
  now: () => number = () => performance.now(),
): Promise<number> {
  let [seconds, done, count] = [0, 0, 1];
  for (let calls = 0; calls < mostCalls && seconds < secondsPerFigure; calls++) {
    throwIfCancelled();
    const from = now();
    await call(count);
    const took = (now() - from) / 1000;
    // One long call tells more than many short ones before it.
    if (count > 1 || took > 0.2 || most === 1) [seconds, done] = [seconds + took, done + count];
    count = Math.max(1, Math.min(most, Math.round((0.5 * count) / took)));
  }
  return (done * batch) / seconds;
}

const places = (count: number, shape: number[]) =>
  int32Feed(
    Array.from({ length: count }, (_, at) => (at * 7) % resident),
    shape,
  );
const rates = (count: number, value: number) => float32Feed(new Array<number>(count).fill(value), [count]);

const pretrainingFeeds = (batch: number, count: number, signature: 'train' | 'accumulate') => ({
  indices: places(batch * count, [count, batch]),
  key: int32Feed([1, 2], [2]),
  step: int32Feed([0]),
  ...(signature === 'train' ? { learning_rate: rates(count, 1e-4), tau: rates(count, 0.99) } : {}),
});

const classifierFeeds = (batch: number, count: number) => ({
  indices: places(batch * count, [count, batch]),
  labels: int32Feed(new Array<number>(batch * count).fill(0), [count, batch]),
  key: int32Feed([1, 0], [2]),
  step: int32Feed([0]),
  learning_rate: rates(count, 1e-4),
});
