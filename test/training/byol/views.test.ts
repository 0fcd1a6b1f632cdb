import { float32Feed, int32Feed } from '../../../engine/protocol';
import { parseSpec } from '../../../experiment/resolve';
import { pretrainingProgram, viewSamples } from '../../../training/byol/program';
import { imagesOf } from '../../reference/network-fixture';
import { ProgramRunner } from '../program-runner';
import { floats, useEngine } from '../run-graph';

const engine = useEngine();

const side = 28;
const spec = parseSpec({
  name: 'views',
  dataset: { kind: 'mnist-idx' },
  model: { backbone: 'resnet-mini', stem: '5x5', width: 4 },
  pretraining: {
    ...{ epochs: 1, batch: viewSamples, optimizer: { name: 'adam' }, learningRate: 1 },
    projector: { hidden: 8, output: 8 },
    predictor: { hidden: 8 },
    // The same for both, so that only their draws tell them apart.
    views: { first: [{ op: 'random-resized-crop' }], second: [{ op: 'random-resized-crop' }] },
  },
  classifier: { epochs: 1, batch: 2, optimizer: { name: 'adam' }, learningRates: [1] },
});
const format = { height: side, width: side, channels: 1, mean: [0.1307], std: [0.3081] };

type Pictures = [originals: number[], first: number[], second: number[]];
let runner: ProgramRunner;
beforeAll(async () => {
  const images = imagesOf(2000, viewSamples, 1, side);
  const program = pretrainingProgram(spec, format, viewSamples);
  runner = await ProgramRunner.install(engine, program, images, viewSamples);
});
const viewsAt = async (step: number, key: [number, number] = [1, 2]): Promise<Pictures> => {
  const indices = int32Feed(
    Array.from({ length: viewSamples }, (_, at) => at),
    [viewSamples],
  );
  const made = await runner.call('views', { indices, key: int32Feed(key, [2]), step: int32Feed([step]) });
  const all = floats(made, 'views');
  const length = viewSamples * side * side;
  return [0, 1, 2].map((part) => all.slice(part * length, (part + 1) * length)) as Pictures;
};

test('every step draws views of its own, of the same images; the same step the same', async () => {
  const [zero, again, one, later] = [await viewsAt(0), await viewsAt(0), await viewsAt(1), await viewsAt(1000)];
  expect(again).toEqual(zero);
  for (const other of [one, later]) {
    expect(other[0]).toEqual(zero[0]);
    expect(other[1]).not.toEqual(zero[1]);
    expect(other[2]).not.toEqual(zero[2]);
  }
  expect(later[1]).not.toEqual(one[1]);
});

test('each view has its own half of the key', async () => {
  const [, first, second] = await viewsAt(0);
  expect(second).not.toEqual(first);
  const [, sameFirst, otherSecond] = await viewsAt(0, [1, 3]);
  expect(sameFirst).toEqual(first);
  expect(otherSecond).not.toEqual(second);
  const [, swapped] = await viewsAt(0, [2, 1]);
  expect(swapped).toEqual(second);
});

test('micro-batches of one call have views of their own, those that several calls give them', async () => {
  const program = pretrainingProgram(
    { ...spec, pretraining: { ...spec.pretraining, accumulate: 2 } },
    format,
    viewSamples,
  );
  const accumulating = await ProgramRunner.install(engine, program, imagesOf(2000, viewSamples, 1, side), viewSamples);
  await accumulating.call('init', { key: int32Feed([1]) });
  // No weight moves between micro-batches: losses on the same images differ by their views alone.
  const losses = async (step: number, count: number) => {
    const indices = int32Feed(
      Array.from({ length: count * viewSamples }, (_, at) => at % viewSamples),
      [count, viewSamples],
    );
    const feeds = { indices, key: int32Feed([1, 2], [2]), step: int32Feed([step]) };
    return floats(await accumulating.call('accumulate', feeds), 'loss');
  };
  const together = await losses(4, 2);
  expect(together[1]).not.toBe(together[0]);
  expect(together).toEqual([...(await losses(4, 1)), ...(await losses(5, 1))]);
});

test('steps of one call have views of their own, those that several calls give them', async () => {
  await runner.call('init', { key: int32Feed([1]) });
  // With a rate of 0 no weight moves: losses on the same images differ by their views alone.
  const losses = async (step: number, count: number) => {
    const indices = int32Feed(
      Array.from({ length: count * viewSamples }, (_, at) => at % viewSamples),
      [count, viewSamples],
    );
    const rates = {
      learning_rate: float32Feed(Array(count).fill(0), [count]),
      tau: float32Feed(Array(count).fill(1), [count]),
    };
    const feeds = { indices, key: int32Feed([1, 2], [2]), step: int32Feed([step]), ...rates };
    return floats(await runner.call('train', feeds), 'loss');
  };
  const together = await losses(4, 2);
  expect(together[1]).not.toBe(together[0]);
  expect(together).toEqual([...(await losses(4, 1)), ...(await losses(5, 1))]);
});
