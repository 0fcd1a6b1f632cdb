import { float32Feed } from '../../../engine/protocol';
import { expectClose, norm } from '../closeness';
import type { ProgramRunner } from '../program-runner';
import { useEngine } from '../run-graph';
import { accumulateBoth, applyFirst, smallByol, startByol } from '../small-byol';

// The formulas are tested against PyTorch beside this; here, what the whole BYOL program does with them.
const engine = useEngine();
const batch = 8;
type State = Map<string, Float32Array>;

/** The BYOL program with an optimizer. */
const start = (optimizer: object, accumulate = 1) =>
  startByol(engine, smallByol({ width: 4 }, { batch, accumulate, optimizer, hidden: 8, output: 8 }));

const rate = 0.01;
const tau = 0.75;
const step = (runner: ProgramRunner) => runner.train(batch, 0, 1, rate, { tau: float32Feed([tau], [1]) });
const accumulate = (runner: ProgramRunner) => accumulateBoth(runner, batch);
const apply = (runner: ProgramRunner) => applyFirst(runner, rate, tau);

/** Slots of a state by the names of their weights: after a first step, velocities are what the momentum was given. */
const slotsOf = (state: State, slot: string): State =>
  new Map(
    [...state].flatMap(([name, value]) =>
      name.startsWith(`${slot}.`) ? [[name.slice(slot.length + 1), value] as const] : [],
    ),
  );
const scaled = (values: Float32Array, factor: number) => values.map((value) => value * factor);
const together = (state: State) => Math.hypot(...[...state.values()].map(norm));

/** By torchvision's names: biases, and what belongs to batch normalization. */
const isExcluded = (name: string) => /\.bias$|\.bn\d\.|bn1\.|downsample\.1\.|(projector|predictor)\.1\./.test(name);

let gradients: State;
let weights: State;
beforeAll(async () => {
  const runner = await start({ name: 'sgd' });
  weights = await runner.state();
  await step(runner);
  gradients = slotsOf(await runner.state(), 'sgd.velocity');
});

test('LARS adapts and decays the weights, and neither biases nor batch norm', async () => {
  const runner = await start({ name: 'lars', weightDecay: 0.1, trust: 0.01 });
  await step(runner);
  const velocities = slotsOf(await runner.state(), 'lars.velocity');
  expect([...velocities.keys()]).toEqual([...gradients.keys()]);
  expect([...velocities.keys()].filter(isExcluded)).toHaveLength(32);
  for (const [name, velocity] of velocities) {
    const [gradient, weight] = [gradients.get(name)!, weights.get(name)!];
    const decayed = isExcluded(name) ? gradient : gradient.map((value, at) => value + 0.1 * weight[at]!);
    const expected = isExcluded(name) ? decayed : scaled(decayed, (0.01 * norm(weight)) / norm(decayed));
    expectClose(scaled(velocity, 1 / norm(expected)), scaled(expected, 1 / norm(expected)), 2e-5, name);
  }
});

test('AdamW takes rate x decay x weight off the weights, and nothing off biases and batch norm', async () => {
  const epsilon = 1e-3; // so large that the noise of gradients that should be 0 makes no step
  const runner = await start({ name: 'adamw', weightDecay: 0.5, epsilon });
  await step(runner);
  const after = await runner.state();
  for (const [name, gradient] of gradients) {
    const kept = isExcluded(name) ? 1 : 1 - rate * 0.5;
    const expected = weights.get(name)!.map((value, at) => {
      const g = gradient[at]!;
      return kept * value - (rate * g) / (Math.abs(g) + epsilon);
    });
    expectClose(after.get(name)!, expected, 2e-6, name);
  }
});

test('clipping brings all gradients together to the limit', async () => {
  const length = together(gradients);
  const runner = await start({ name: 'sgd', clip: length / 2 });
  await step(runner);
  const velocities = slotsOf(await runner.state(), 'sgd.velocity');
  for (const [name, velocity] of velocities)
    expectClose(velocity, scaled(gradients.get(name)!, 0.5), 1e-5 * length, name);
  expect(together(velocities) / length).toBeCloseTo(0.5, 4);
});

describe('accumulated', () => {
  const isMoved = (name: string) => !/running_(mean|var)$|^accumulated\./.test(name);
  let sum: State;
  let between: State;
  let after: State;
  beforeAll(async () => {
    const runner = await start({ name: 'sgd' }, 2);
    await accumulate(runner);
    between = await runner.state();
    sum = slotsOf(between, 'accumulated');
    await apply(runner);
    after = await runner.state();
  });

  test('micro-batches move nothing but statistics', () => {
    expect([...weights.keys()].filter(isMoved).length).toBeGreaterThan(50);
    for (const [name, value] of weights) if (isMoved(name)) expect(between.get(name)).toEqual(value);
  });

  test('the step takes their mean, and moves weights and target once', () => {
    for (const name of gradients.keys()) {
      expectClose(after.get(`sgd.velocity.${name}`)!, scaled(sum.get(name)!, 0.5), 1e-7, name);
      const online = after.get(name)!;
      expectClose(
        online,
        weights.get(name)!.map((value, at) => value - rate * 0.5 * sum.get(name)![at]!),
        1e-6,
        name,
      );
      if (!name.startsWith('online.')) continue;
      const target = name.replace('online.', 'target.');
      const expected = weights.get(target)!.map((value, at) => tau * value + (1 - tau) * online[at]!);
      expectClose(after.get(target)!, expected, 1e-6, target);
    }
  });

  test('gradients are clipped as the mean that they make', async () => {
    const mean = slotsOf(after, 'sgd.velocity');
    const length = together(mean);
    const runner = await start({ name: 'sgd', clip: length / 4 }, 2);
    await accumulate(runner);
    await apply(runner);
    for (const [name, velocity] of slotsOf(await runner.state(), 'sgd.velocity'))
      expectClose(velocity, scaled(mean.get(name)!, 0.25), 1e-5 * length, name);
  });
});
