import { int32Feed } from '../../../engine/protocol';
import type { Precision } from '../../../experiment/precision';
import { parseSpec } from '../../../experiment/resolve';
import { classifierProgram } from '../../../training/classifier/program';
import { imagesOf } from '../../reference/network-fixture';
import { norm } from '../closeness';
import { ProgramRunner } from '../program-runner';
import { floats, useEngine } from '../run-graph';

const engine = useEngine();
jest.setTimeout(120_000);
const batch = 16;
const format = { height: 28, width: 28, channels: 1, mean: [0.1307], std: [0.3081] };

async function start(precision: Precision, trains: 'network' | 'head' = 'network'): Promise<ProgramRunner> {
  const spec = parseSpec({
    name: 'precision',
    dataset: { kind: 'mnist-idx' },
    model: { backbone: 'resnet-mini', stem: '5x5', width: 8 },
    precision,
    pretraining: { epochs: 0, batch: 2, optimizer: { name: 'adam' }, learningRate: 1 },
    classifier: { epochs: 1, batch, optimizer: { name: 'adam' }, learningRates: [1] },
  });
  const program = classifierProgram(spec, format, 10, batch, trains);
  const runner = await ProgramRunner.install(engine, program, imagesOf(2000, batch, 1, 28), batch);
  await runner.call('init', { key: int32Feed([1]) });
  return runner;
}

const train = (runner: ProgramRunner, count = 1) =>
  runner.train(batch, 0, count, 0.003, {
    labels: int32Feed(
      Array.from({ length: count * batch }, (_, at) => (at % batch) % 10),
      [count, batch],
    ),
  });
const predict = async (runner: ProgramRunner) =>
  floats(
    await runner.call('predict', {
      indices: int32Feed(
        Array.from({ length: batch }, (_, at) => at),
        [batch],
      ),
    }),
    'logits',
  );

test.each([
  { precision: 'bf16', tolerance: 0.02 },
  { precision: 'fp16', tolerance: 0.003 },
] as const)(
  'the losses of a few steps and the predictions of $precision are near those of fp32',
  async ({ precision, tolerance }) => {
    const [exact, rough] = [await start('fp32'), await start(precision)];
    if (precision === 'fp16') await setScale(rough, 1024);
    const before = (await predict(rough)).map((value, at) => value - (expected[at] as number));
    expect(norm(before) / norm(expected)).toBeLessThan(tolerance);
    const [theirs, ours] = [await train(exact, 3), await train(rough, 3)];
    ours.forEach((loss, at) => expect(Math.abs(loss / (theirs[at] as number) - 1)).toBeLessThan(10 * tolerance));
  },
);

// oneDNN's normalizations with a ReLU make NaN 0: what comes after them is finite.
test('the loss is NaN where a number within the encoder is', async () => {
  const runner = await start('fp32');
  const state = await runner.state();
  expect((await train(runner, 2)).every(Number.isFinite)).toBe(true);
  state.get('backbone.layer1.0.bn1.weight')!.fill(NaN);
  await runner.restore(state);
  expect(await train(runner, 2)).toEqual([NaN, NaN]);
});

let expected: number[];
beforeAll(async () => {
  expected = await predict(await start('fp32'));
});

async function setScale(runner: ProgramRunner, scale: number) {
  const state = await runner.state();
  state.set('loss_scale.scale', Float32Array.of(scale));
  await runner.restore(state);
  return state;
}

test.each(['network', 'head'] as const)(
  'fp16 passes over a step of the %s whose gradients are not finite',
  async (trains) => {
    const runner = await start('fp16', trains);
    const before = await setScale(runner, 2 ** 60);
    await train(runner);
    const after = await runner.state();
    expect([after.get('loss_scale.scale')?.[0], after.get('loss_scale.skipped_steps')?.[0]]).toEqual([2 ** 59, 1]);
    const moved = [...before.keys()].filter((name) =>
      before.get(name)!.some((value, at) => value !== after.get(name)![at]),
    );
    const statistics = moved.filter((name) => /running_/.test(name));
    expect(statistics.length > 0).toBe(trains === 'network');
    expect(moved.filter((name) => !/running_|^loss_scale/.test(name))).toEqual([]);
    await setScale(runner, 1024);
    await train(runner);
    expect((await runner.state()).get('fc.weight')).not.toEqual(before.get('fc.weight'));
  },
);
