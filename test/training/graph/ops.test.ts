import type { Feed } from '../../../engine/protocol';
import { gradients } from '../../../training/graph/autodiff';
import type { Tensor } from '../../../training/graph/graph';
import { add, multiply } from '../../../training/graph/ops/elementwise';
import { sum } from '../../../training/graph/ops/reduction';
import { signed } from '../../reference/formula';
import { expectClose } from '../closeness';
import { floats, useEngine } from '../run-graph';
import { feedOf, opCases, type OpCase } from './op-cases';

const engine = useEngine();

/** Operations that the programs use only where nothing is trained. */
const withoutGradient = ['batch-matmul', 'batch-norm-evaluation', 'div', 'exp', 'log', 'sqrt'];
const isTrained = ({ op }: OpCase) => !withoutGradient.includes(op);
const named = (cases: OpCase[]) => cases.map((example) => [example.title, example] as const);

const feedsOf = (example: OpCase): Record<string, Feed> => ({
  ...Object.fromEntries(example.inputs.map(({ name, shape, values }) => [name, feedOf(values, shape)])),
  upstream: feedOf(example.upstream, example.shape),
});
/** Inputs that a gradient flows to. */
const trainedInputs = (example: OpCase) =>
  example.inputs.filter(({ name }) => (example.gradients[name] as number[]).some((value) => value !== 0));
const largest = (values: readonly number[]) => Math.max(1, ...values.map(Math.abs));

test.each(named(opCases()))('value and gradient as PyTorch: %s', async (_, example) => {
  const outputs = await engine.run(feedsOf(example), (inputs) => {
    const y = example.build(example.inputs.map(({ name }) => inputs[name] as Tensor));
    expect(y.shape).toEqual(example.shape);
    if (!isTrained(example)) return { y };
    const targets = trainedInputs(example).map(({ name }) => inputs[name] as Tensor);
    const found = gradients(y, targets, inputs['upstream'] as Tensor);
    return {
      y,
      ...Object.fromEntries(trainedInputs(example).map(({ name }, at) => [`by_${name}`, found[at] as Tensor])),
    };
  });
  expect(outputs['y']?.shape).toEqual(example.shape);
  expectClose(floats(outputs, 'y'), example.output, 2e-6 * largest(example.output), 'output');
  if (!isTrained(example)) return;
  for (const { name, shape } of trainedInputs(example)) {
    const expected = example.gradients[name] as number[];
    expect(outputs[`by_${name}`]?.shape).toEqual(shape);
    expectClose(floats(outputs, `by_${name}`), expected, 3e-6 * largest(expected), `gradient by ${name}`);
  }
});

/** Sum of the operation's output times the upstream vector, at the inputs moved by `step` along their directions. */
function probe(example: OpCase, inputs: Readonly<Record<string, Tensor>>, step: number): Tensor {
  const moved = example.inputs.map(({ name }) =>
    add(inputs[name] as Tensor, multiply(inputs[`${name}_direction`] as Tensor, step)),
  );
  const y = example.build(moved);
  return sum(
    multiply(y, inputs['upstream'] as Tensor),
    y.shape.map((_, axis) => axis),
  );
}

test.each(named(opCases().filter(isTrained)))('gradient as finite differences: %s', async (_, example) => {
  // Short where the operation has kinks, so that no value crosses one.
  const step = ['relu', 'max-pool', 'relu-max-pool'].includes(example.op) ? 3e-4 : 1e-2;
  const directions = example.inputs.map(
    ({ name, shape, values }, at) => [name, signed(7000 + at, values.length), shape] as const,
  );
  const blocked = example.inputs.filter((input) => !trainedInputs(example).includes(input)).map(({ name }) => name);
  const feeds = {
    ...feedsOf(example),
    ...Object.fromEntries(
      directions.map(([name, values, shape]) => [
        `${name}_direction`,
        feedOf(blocked.includes(name) ? values.map(() => 0) : values, shape),
      ]),
    ),
  };
  const outputs = await engine.run(feeds, (inputs) => ({
    up: probe(example, inputs, step),
    down: probe(example, inputs, -step),
  }));
  const measured = ((floats(outputs, 'up')[0] as number) - (floats(outputs, 'down')[0] as number)) / (2 * step);
  const promised = directions.reduce(
    (total, [name, values]) =>
      blocked.includes(name)
        ? total
        : total + values.reduce((part, value, at) => part + value * (example.gradients[name]?.[at] as number), 0),
    0,
  );
  expect(Math.abs(measured - promised)).toBeLessThan(2e-3 * (1 + Math.abs(promised)));
});
