import { float32Feed } from '../../../engine/protocol';
import { optimizer } from '../../../experiment/spec';
import { Graph } from '../../../training/graph/graph';
import { after } from '../../../training/graph/ops/array';
import { constant, fill } from '../../../training/graph/ops/constant';
import { multiply } from '../../../training/graph/ops/elementwise';
import { assign, read, readAfter, type Variable } from '../../../training/graph/ops/variable';
import { savedModel } from '../../../training/graph/saved-model';
import { updateRule } from '../../../training/optimizers/optimizer';
import { optimizerState, updateAll } from '../../../training/optimizers/step';
import { signed } from '../../reference/formula';
import { readFixture } from '../../reference/read-fixture';
import { expectClose } from '../closeness';
import { floats, useEngine } from '../run-graph';

const engine = useEngine();

interface Case {
  name: string;
  settings: { lr: number; betas?: [number, number]; eps?: number; weight_decay?: number; momentum?: number };
  steps: number[][];
}
const { cases } = readFixture('optimizers.json') as { cases: Case[] };

/** The rule by the names that a spec has. */
function ruleOf({ name, settings }: Case) {
  const weightDecay = settings.weight_decay ?? 0;
  return updateRule(
    optimizer.parse(
      name.startsWith('adam')
        ? {
            name: 'adam',
            weightDecay,
            ...(settings.betas ? { beta1: settings.betas[0], beta2: settings.betas[1] } : {}),
            ...(settings.eps ? { epsilon: settings.eps } : {}),
          }
        : { name: 'sgd', momentum: settings.momentum, weightDecay },
    ),
  );
}

/** Minimizes sum(a w^2) / 2 from the fixture's start: a signature to begin and one for a step. */
function program(example: Case): Uint8Array {
  const graph = new Graph();
  const weight: Variable = { name: `weight.${example.name}`, dtype: 'float32', shape: [6] };
  const rule = ruleOf(example);
  const start = graph.placeholder('start', 'float32', [6]);
  const slots = optimizerState(rule, [weight], false).map((slot) => assign(slot, fill(graph, slot.shape, 0)));
  const begun = after(start, [assign(weight, start), ...slots]);
  const curvature = constant(graph, 'float32', [...signed(1, 6).map((s) => 1 + 0.9 * s)], [6]);
  const [learningRate, step] = [graph.placeholder('rate', 'float32', []), graph.placeholder('step', 'float32', [])];
  const updates = updateAll(rule, [weight], [multiply(read(graph, weight), curvature)], { learningRate, step }, []);
  return savedModel(graph, {
    begin: { inputs: { start }, outputs: { begun } },
    step: { inputs: { rate: learningRate, step }, outputs: { weight: readAfter(graph, weight, updates) } },
  });
}

test.each(cases.map((example) => [example.name, example] as const))('twelve steps of %s', async (_, example) => {
  const folder = await engine.install(program(example));
  await engine.call(folder, 'begin', {
    start: float32Feed(
      signed(0, 6).map((s) => 1 + 0.5 * s),
      [6],
    ),
  });
  const feeds = (step: number) => ({ rate: float32Feed([example.settings.lr]), step: float32Feed([step]) });
  expect(example.steps).toHaveLength(12);
  for (const [at, expected] of example.steps.entries())
    expectClose(
      floats(await engine.call(folder, 'step', feeds(at + 1)), 'weight'),
      expected,
      3e-6,
      `weights after step ${at + 1}`,
    );
});
