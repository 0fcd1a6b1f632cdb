import { float32Feed, int32Feed } from '../../../engine/protocol';
import type { Precision } from '../../../experiment/precision';
import { pretrainingProgram } from '../../../training/byol/program';
import { imagesOf, startOf, toTensorFlow, type Stream } from '../../reference/network-fixture';
import { readFixture } from '../../reference/read-fixture';
import { norm } from '../closeness';
import { ProgramRunner } from '../program-runner';
import { floats, useEngine } from '../run-graph';
import { accumulateBoth, applyFirst, digits, smallByol, startByol } from '../small-byol';

/** The BYOL program in each precision, from the same weights, on the same views. */
const engine = useEngine();
jest.setTimeout(120_000);
const batch = 16;
type State = Map<string, Float32Array>;
const rate = 0.01;
const tau = 0.75;

const sgd = { name: 'sgd', momentum: 0.9 };
const start = (precision: Precision, accumulate = 1) =>
  startByol(engine, smallByol({ width: 8, precision }, { batch, accumulate, optimizer: sgd, hidden: 32, output: 16 }));

const train = (runner: ProgramRunner, count = 1, from = 0) =>
  runner.train(batch, from, count, rate, { tau: float32Feed(new Array<number>(count).fill(tau), [count]) });

/** The velocities after a first step: the gradients. */
const gradientsOf = (state: State): State => new Map([...state].filter(([name]) => name.startsWith('sgd.velocity.')));
const joined = (state: State): number[] => [...state.values()].flatMap((values) => [...values]);
const apart = (a: number[], b: number[]) => norm(a.map((value, at) => value - (b[at] as number))) / norm(b);

interface Reference {
  case: { batch: number; channels: number; size: number; images: number; hidden: number; output: number } & Record<
    'mean' | 'std',
    number
  >;
  streams: { online: Stream[]; target: Stream[] };
}

/** One step on the weights and images of byol_step.py's small ResNet: the loss, and all gradients one after the other. */
async function referenceStep(precision: Precision): Promise<{ loss: number; gradients: number[]; state: State }> {
  const { case: example, streams } = readFixture('byol-resnet-mini.json') as Reference;
  const { batch, size, channels, images, hidden, output, mean, std } = example;
  const views = { first: [], second: [{ op: 'horizontal-flip', p: 1 }] };
  const spec = smallByol({ width: 8, precision }, { batch, optimizer: sgd, hidden, output, views });
  const program = pretrainingProgram(spec, { ...digits, mean: [mean], std: [std] }, batch);
  const pixels = imagesOf(images, batch, channels, size);
  const runner = await ProgramRunner.install(engine, program, pixels, batch);
  const start = (stream: Stream) => toTensorFlow(startOf(stream), stream.shape);
  const values: State = new Map([
    ...streams.online.map(
      (each) => [each.name.startsWith('predictor.') ? each.name : `online.${each.name}`, start(each)] as const,
    ),
    ...streams.target.map((each) => [`target.${each.name}`, start(each)] as const),
  ]);
  if (precision === 'fp16') values.set('loss_scale.scale', Float32Array.of(1024));
  await runner.restore(values);
  const more = { tau: float32Feed([tau], [1]) };
  const [loss] = (await runner.train(batch, 0, 1, rate, more)) as [number];
  const state = await runner.state();
  return { loss, gradients: joined(gradientsOf(state)), state };
}

describe('one step of a precision and of fp32', () => {
  const far = readFixture('precision.json') as Record<string, { loss: number; gradients: number }>;
  let exact: Awaited<ReturnType<typeof referenceStep>>;
  beforeAll(async () => {
    exact = await referenceStep('fp32');
  });

  // Most of the distance is ReLUs that take their other side, so that it is PyTorch's only about.
  test.each([
    { precision: 'bf16', loss: 0.02, weights: 2e-3, statistics: 0.02 },
    { precision: 'fp16', loss: 0.003, weights: 1e-3, statistics: 2e-3 },
  ] as const)("are as far apart in $precision as PyTorch's autocast is", async ({ precision, ...tolerance }) => {
    const rough = await referenceStep(precision);
    expect(Math.abs(rough.loss / exact.loss - 1)).toBeLessThan(tolerance.loss);
    const gradients = apart(rough.gradients, exact.gradients);
    expect(gradients).toBeLessThan(1.5 * far[precision]!.gradients);
    // It does compute in it.
    expect(gradients).toBeGreaterThan(far[precision]!.gradients / 4);
    for (const part of ['online.', 'predictor.', 'target.'] as const)
      for (const [statistics, most] of [
        [false, tolerance.weights],
        [true, tolerance.statistics],
      ] as const) {
        const of = (state: State) =>
          joined(new Map([...state].filter(([name]) => name.startsWith(part) && /running/.test(name) === statistics)));
        expect(apart(of(rough.state), of(exact.state))).toBeLessThan(most);
      }
  });
});

describe('bf16, NaN within the encoder: the loss is NaN, though ReLUs within convolutions make NaN 0', () => {
  // Of maps of 14x14 pixels of 8 channels: so that a block's sum lies within a convolution (sum-of-maps.ts).
  const many = Math.ceil(2 ** 18 / (14 * 14 * 8));
  const spec = (accumulate: number) => {
    const views = { first: [], second: [] };
    const more = { batch: many, accumulate, optimizer: sgd, hidden: 32, output: 16, views };
    return smallByol({ width: 8, precision: 'bf16' }, more);
  };
  const names = ['online', 'target'].flatMap((network) =>
    ['layer1.0.conv2.weight', 'layer1.0.bn1.weight'].map((name) => `${network}.backbone.${name}`),
  );

  test.each(names)('%s, in steps', async (name) => {
    const runner = await startByol(engine, spec(1));
    const more = { tau: float32Feed([tau, tau], [2]) };
    const state = await runner.state();
    expect((await runner.train(many, 0, 2, rate, more)).every(Number.isFinite)).toBe(true);
    state.get(name)!.fill(NaN);
    await runner.restore(state);
    expect(await runner.train(many, 0, 2, 0, more)).toEqual([NaN, NaN]);
  });

  test.each(names)('%s, in micro-batches', async (name) => {
    const runner = await startByol(engine, spec(2));
    const state = await runner.state();
    expect(floats(await accumulateBoth(runner, many), 'loss').every(Number.isFinite)).toBe(true);
    state.get(name)!.fill(NaN);
    await runner.restore(state);
    expect(floats(await accumulateBoth(runner, many), 'loss')).toEqual([NaN, NaN]);
  });
});

/** Sets single values of the state. */
async function change(runner: ProgramRunner, values: Record<string, number>): Promise<State> {
  const state = await runner.state();
  for (const [name, value] of Object.entries(values)) state.set(name, Float32Array.of(value));
  await runner.restore(state);
  return state;
}

/** float16 ends at 65,504: with this scale every gradient is infinite. */
const tooLarge = 2 ** 60;
const scaleOf = (state: State) =>
  ['scale', 'good_steps', 'skipped_steps'].map((name) => state.get(`loss_scale.${name}`)?.[0]);
const changed = (before: State, now: State): string[] =>
  [...before.keys()].filter((name) =>
    Buffer.compare(Buffer.from(before.get(name)!.buffer), Buffer.from(now.get(name)!.buffer)),
  );

test('fp16 passes over a step whose gradients are not finite: no weight, slot or target moves; statistics do, as in PyTorch', async () => {
  const runner = await start('fp16');
  expect(scaleOf(await runner.state())).toEqual([65_536, 0, 0]);
  // So that the target is not what the online network is, and an average would move it.
  await change(runner, { 'loss_scale.scale': 1024 });
  await train(runner);
  const before = await change(runner, { 'loss_scale.scale': tooLarge, 'loss_scale.good_steps': 7 });
  expect(await train(runner)).toEqual([expect.any(Number)]);
  const skipped = await runner.state();
  expect(scaleOf(skipped)).toEqual([tooLarge / 2, 0, 1]);
  const moved = changed(before, skipped).filter((name) => !name.startsWith('loss_scale.'));
  expect(moved.length).toBeGreaterThan(10);
  expect(moved.filter((name) => !/running_(mean|var)$/.test(name))).toEqual([]);

  await change(runner, { 'loss_scale.scale': 1024 });
  await train(runner, 1, 1);
  const made = await runner.state();
  expect(scaleOf(made)).toEqual([1024, 1, 1]);
  expect(
    changed(skipped, made).filter((name) => /^(online|target|sgd)\..*conv1\.weight$/.test(name)).length,
  ).toBeGreaterThan(8);
});

test('fp16 over many steps in one call: skipped ones are found again in the counters, and the loss is finite', async () => {
  const runner = await start('fp16');
  await change(runner, { 'loss_scale.scale': 2 ** 24 });
  const losses = await train(runner, 24);
  expect(losses.every(Number.isFinite)).toBe(true);
  const [scale, row, skipped] = scaleOf(await runner.state()) as [number, number, number];
  expect(skipped).toBeGreaterThan(0);
  expect(scale).toBe(2 ** 24 / 2 ** skipped);
  expect(row).toBeGreaterThan(0);
  expect(row + skipped).toBeLessThanOrEqual(24);
});

test('a run in fp16 that goes on from its state ends with the same bits, its scale among them', async () => {
  const [whole, parts] = [await start('fp16'), await start('fp16')];
  await change(whole, { 'loss_scale.scale': 2 ** 21 });
  await change(parts, { 'loss_scale.scale': 2 ** 21 });
  await train(whole, 6);
  await train(parts, 3);
  const kept = await parts.state();
  await parts.call('init', { key: int32Feed([9]) });
  await parts.restore(kept);
  await train(parts, 3, 3);
  const [end, again] = [await whole.state(), await parts.state()];
  expect(scaleOf(end)[2]).toBeGreaterThan(0);
  expect(changed(end, again)).toEqual([]);
});

const micro = (runner: ProgramRunner) => accumulateBoth(runner, batch);
const apply = (runner: ProgramRunner, learningRate = rate) => applyFirst(runner, learningRate, tau);

test.each(['fp32', 'bf16'] as const)('%s: what was accumulated for a step is gone in the next', async (precision) => {
  const runner = await start(precision, 2);
  await micro(runner);
  await apply(runner, 0);
  const once = joined(gradientsOf(await runner.state()));
  // The same weights and images: the same gradients again, on top of momentum's part of the first.
  await micro(runner);
  await apply(runner, 0);
  const twice = joined(gradientsOf(await runner.state()));
  const expected = once.map((value) => (1 + sgd.momentum) * value);
  expect(apart(twice, expected)).toBeLessThan(1e-4);
});

test('fp16 with micro-batches: one scale for a step, judged when it is made', async () => {
  const exact = await start('fp32', 2);
  await micro(exact);
  await apply(exact);
  const expected = joined(gradientsOf(await exact.state()));

  const runner = await start('fp16', 2);
  const before = await change(runner, { 'loss_scale.scale': tooLarge });
  expect(floats(await micro(runner), 'loss').every(Number.isFinite)).toBe(true);
  await apply(runner);
  const skipped = await runner.state();
  expect(scaleOf(skipped)).toEqual([tooLarge / 2, 0, 1]);
  expect(changed(before, skipped).filter((name) => !/^loss_scale|running_/.test(name))).toEqual([]);
  // What was accumulated for the step that was passed over is gone.
  await change(runner, { 'loss_scale.scale': 1024 });
  await micro(runner);
  await apply(runner);
  expect(apart(joined(gradientsOf(await runner.state())), expected)).toBeLessThan(0.2);
});
