import { float32Feed, int32Feed } from '../../../engine/protocol';
import { optimizer } from '../../../experiment/optimizers';
import { elements, Graph, type Tensor } from '../../../training/graph/graph';
import { after, concat, reshape } from '../../../training/graph/ops/array';
import { constant, fill } from '../../../training/graph/ops/constant';
import { multiply, subtract } from '../../../training/graph/ops/elementwise';
import { assign, read, readAfter } from '../../../training/graph/ops/variable';
import { savedModel, type Signature } from '../../../training/graph/saved-model';
import { updateRule, type TrainedWeight } from '../../../training/optimizers/optimizer';
import {
  accumulate,
  accumulated,
  clearAccumulated,
  optimizerState,
  updateAll,
} from '../../../training/optimizers/step';
import { signed } from '../../reference/formula';
import { readFixture } from '../../reference/read-fixture';
import { expectClose } from '../closeness';
import { floats, useEngine } from '../run-graph';

const engine = useEngine();

interface Case {
  name: string;
  lr: number;
  microBatches: number;
  /** As a spec has it. */
  optimizer: { name: string };
  steps: number[][];
}
interface Fixture {
  parameters: { name: string; role: TrainedWeight['role']; shape: number[]; scale: number; middle: number }[];
  cases: Case[];
}
const { parameters, cases } = readFixture('optimizers.json') as Fixture;

const weightsOf = ({ name }: Case): TrainedWeight[] =>
  parameters.map((each) => ({ name: `${name}.${each.name}`, dtype: 'float32', shape: each.shape, role: each.role }));

/** Numbers of formula.py in the weight's shape. */
const numbers = (graph: Graph, weight: TrainedWeight, stream: number, scale: number, middle: number): Tensor =>
  constant(graph, 'float32', [...signed(stream, elements(weight.shape)).map((s) => middle + scale * s)], weight.shape);

/** Of the loss sum(a (p - c)^2) / 2 of a micro-batch. */
const gradientsOf = (graph: Graph, weights: TrainedWeight[], micro: number): Tensor[] =>
  weights.map((weight, at) => {
    const a = numbers(graph, weight, 100 + 10 * micro + at, 0.9, 1);
    const c = numbers(graph, weight, 200 + 10 * micro + at, 0.3, 0);
    return multiply(subtract(read(graph, weight), c), a);
  });

/** Signatures: `begin`; `micro0`, `micro1`, ... where micro-batches are accumulated; `step`, which gives all weights. */
function program(example: Case): Uint8Array {
  const graph = new Graph();
  const weights = weightsOf(example);
  const rule = updateRule(optimizer.parse(example.optimizer));
  const signatures: Record<string, Signature> = {};
  const accumulates = example.microBatches > 1;
  const input = (signature: string, name: string) => {
    graph.reads.clear();
    return graph.placeholder(`${signature}/${name}`, name === 'unused' ? 'int32' : 'float32', []);
  };

  const unused = input('begin', 'unused');
  const slots = optimizerState(rule, weights, accumulates).map((slot) => assign(slot, fill(graph, slot.shape, 0)));
  const starts = weights.map((weight, at) =>
    assign(weight, numbers(graph, weight, at, parameters[at]!.scale, parameters[at]!.middle)),
  );
  signatures['begin'] = { inputs: { unused }, outputs: { done: after(unused, [...slots, ...starts]) } };
  for (let micro = 0; accumulates && micro < example.microBatches; micro++) {
    const unused = input(`micro${micro}`, 'unused');
    const done = after(unused, accumulate(weights, gradientsOf(graph, weights, micro)));
    signatures[`micro${micro}`] = { inputs: { unused }, outputs: { done } };
  }
  const [rate, step] = [input('step', 'rate'), input('step', 'step')];
  const gradients = accumulates ? accumulated(graph, weights, example.microBatches) : gradientsOf(graph, weights, 0);
  const updates = updateAll(rule, weights, gradients, { learningRate: rate, step }, []);
  const cleared = accumulates ? clearAccumulated(graph, weights, updates) : [];
  const values = weights.map((weight) =>
    reshape(readAfter(graph, weight, [...updates, ...cleared]), [elements(weight.shape)]),
  );
  signatures['step'] = { inputs: { rate, step }, outputs: { weights: concat(values, 0) } };
  return savedModel(graph, signatures);
}

test.each(cases.map((example) => [example.name, example] as const))('twelve steps of %s', async (_, example) => {
  const folder = await engine.install(program(example));
  const unused = int32Feed([0]);
  await engine.call(folder, 'begin', { unused });
  expect(example.steps).toHaveLength(12);
  for (const [at, expected] of example.steps.entries()) {
    for (let micro = 0; example.microBatches > 1 && micro < example.microBatches; micro++)
      await engine.call(folder, `micro${micro}`, { unused });
    const feeds = { rate: float32Feed([example.lr]), step: float32Feed([at + 1]) };
    const weights = floats(await engine.call(folder, 'step', feeds), 'weights');
    expectClose(weights, expected, 3e-6, `weights after step ${at + 1}`);
  }
});

test('exclusions and clipping are told apart by what they do', () => {
  const last = (name: string) => cases.find((each) => each.name === name)!.steps.at(-1)!;
  expect(last('adamw-strong')).not.toEqual(last('adamw-of-everything'));
  expect(last('lars-strong')).not.toEqual(last('lars-of-everything'));
  expect(last('lars-strong')).not.toEqual(last('lars-clipped'));
});

test('LARS leaves a weight whose gradient is zero as it is', async () => {
  const graph = new Graph();
  const weight: TrainedWeight = { name: 'still', dtype: 'float32', shape: [3], role: 'weight' };
  const rule = updateRule(optimizer.parse({ name: 'lars', weightDecay: 0 }));
  const unused = graph.placeholder('begin/unused', 'int32', []);
  const starts = [
    assign(weight, fill(graph, [3], 2)),
    ...optimizerState(rule, [weight], false).map((slot) => assign(slot, fill(graph, slot.shape, 0))),
  ];
  const begin: Signature = { inputs: { unused }, outputs: { done: after(unused, starts) } };
  graph.reads.clear();
  const [rate, number] = [graph.placeholder('step/rate', 'float32', []), graph.placeholder('step/step', 'float32', [])];
  const updates = updateAll(rule, [weight], [fill(graph, [3], 0)], { learningRate: rate, step: number }, []);
  const step: Signature = {
    inputs: { rate, step: number },
    outputs: { weights: reshape(readAfter(graph, weight, updates), [3]) },
  };
  const folder = await engine.install(savedModel(graph, { begin, step }));
  await engine.call(folder, 'begin', { unused: int32Feed([0]) });
  const feeds = { rate: float32Feed([0.1]), step: float32Feed([1]) };
  expect(floats(await engine.call(folder, 'step', feeds), 'weights')).toEqual([2, 2, 2]);
});
