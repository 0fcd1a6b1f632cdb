import { float32Feed, int32Feed } from '../../../engine/protocol';
import { optimizer } from '../../../experiment/optimizers';
import { Graph } from '../../../training/graph/graph';
import { after, concat, reshape } from '../../../training/graph/ops/array';
import { constant, fill } from '../../../training/graph/ops/constant';
import { multiply } from '../../../training/graph/ops/elementwise';
import { assign, barrier, readAfter } from '../../../training/graph/ops/variable';
import { savedModel, type Signature } from '../../../training/graph/saved-model';
import {
  lossScale,
  lossScaleRule,
  lossScaleState,
  startLossScale,
  updateWhereFinite,
} from '../../../training/optimizers/loss-scale';
import { updateRule, type TrainedWeight } from '../../../training/optimizers/optimizer';
import { optimizerState, updateAll } from '../../../training/optimizers/step';
import { signed } from '../../reference/formula';
import { readFixture } from '../../reference/read-fixture';
import { expectClose } from '../closeness';
import { floats, useEngine } from '../run-graph';

const engine = useEngine();

interface Case {
  name: string;
  optimizer: { name: string };
  lr: number;
  /** In these steps one value of the gradient is not finite. */
  bad: [step: number, value: string][];
  initial: number;
  interval: number;
  /** Of the gradients. */
  size: number;
  /** After each step: scale, steps in a row, skipped steps, four weights. */
  states: number[][];
}
const cases = readFixture('loss-scale.json') as Case[];

/** Signatures: `begin`; `step`, which takes the gradient without the scale and gives scale, steps in a row, skipped, weights. */
function program({ optimizer: settings, initial, interval }: Case): Uint8Array {
  const graph = new Graph();
  const weight: TrainedWeight = { name: 'w', dtype: 'float32', shape: [4], role: 'weight' };
  const rule = updateRule(optimizer.parse(settings));
  const unused = graph.placeholder('begin/unused', 'int32', []);
  const starts = [
    assign(weight, constant(graph, 'float32', [...signed(0, 4)], [4])),
    ...optimizerState(rule, [weight], false).map((slot) => assign(slot, fill(graph, slot.shape, 0))),
    ...startLossScale(graph, { initial, interval }),
  ];
  const begin: Signature = { inputs: { unused }, outputs: { done: after(unused, starts) } };
  graph.reads.clear();
  const gradient = graph.placeholder('step/gradient', 'float32', [4]);
  const [rate, number] = [graph.placeholder('step/rate', 'float32', []), graph.placeholder('step/step', 'float32', [])];
  const made = updateWhereFinite(
    {
      name: 'update',
      gradients: [multiply(gradient, lossScale(graph))],
      inputs: { learningRate: rate, step: number },
      more: [],
      update: (_graph, unscaled, inputs) => updateAll(rule, [weight], unscaled, inputs, []),
    },
    [],
    { initial, interval },
  );
  const done = [barrier(graph, made)];
  const state = [...lossScaleState, weight].map((variable) => reshape(readAfter(graph, variable, done), [-1]));
  const step: Signature = { inputs: { gradient, rate, step: number }, outputs: { state: concat(state, 0) } };
  return savedModel(graph, { begin, step });
}

/** As torch's float() reads them. */
const unbounded = { inf: Infinity, '-inf': -Infinity, nan: NaN };

test.each(cases.map((example) => [example.name, example] as const))('as GradScaler: %s', async (_, example) => {
  const folder = await engine.install(program(example));
  await engine.call(folder, 'begin', { unused: int32Feed([0]) });
  expect(example.states).toHaveLength(18);
  const bad = new Map(example.bad);
  for (const [at, [scale, row, skipped, ...weights]] of example.states.entries()) {
    const gradient = [...signed(10 + at, 4)].map((value) => example.size * value);
    const broken = bad.get(at) as keyof typeof unbounded | undefined;
    if (broken) gradient[at % 4] = unbounded[broken];
    const feeds = {
      gradient: float32Feed(gradient, [4]),
      rate: float32Feed([example.lr]),
      step: float32Feed([at + 1]),
    };
    const state = floats(await engine.call(folder, 'step', feeds), 'state');
    expect({ at, state: state.slice(0, 3) }).toEqual({ at, state: [scale, row, skipped] });
    expectClose(state.slice(3), weights, 2e-6, `weights after step ${at + 1}`);
  }
});

test('the cases double, halve, skip and stay', () => {
  const scales = (name: string) => cases.find((each) => each.name === name)!.states.map(([scale]) => scale as number);
  expect(scales('adam').slice(1, 9)).toEqual([8, 4, 4, 4, 8, 8, 4, 2]);
  expect(scales('default').at(-1)).toBe(32_768);
  expect(scales('largest').slice(0, 3)).toEqual([2 ** 126, 2 ** 127, 2 ** 127]);
  expect(scales('never-finite').at(-1)).toBe(8 / 2 ** 18);
  expect(lossScaleRule).toEqual({ initial: 65_536, interval: 2000 });
});
