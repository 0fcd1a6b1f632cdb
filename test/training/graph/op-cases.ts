import type { Feed } from '../../../engine/protocol';
import { byolLoss, normalizeRows } from '../../../training/byol/loss';
import type { Tensor } from '../../../training/graph/graph';
import { concat, pad, reshape, slice, split, transpose } from '../../../training/graph/ops/array';
import { batchNorm, batchNormWithRunning } from '../../../training/graph/ops/batch-norm';
import { int32s } from '../../../training/graph/ops/constant';
import { conv2d } from '../../../training/graph/ops/convolution/convolution';
import { formsFor, type ConvolutionForm } from '../../../training/graph/ops/convolution/forms';
import { crossEntropy } from '../../../training/graph/ops/cross-entropy';
import {
  abs,
  add,
  cast,
  divide,
  exp,
  log,
  multiply,
  negate,
  rsqrt,
  sqrt,
  square,
  subtract,
} from '../../../training/graph/ops/elementwise';
import { batchMatmul, matmul } from '../../../training/graph/ops/matmul';
import { mean } from '../../../training/graph/ops/mean';
import { maxPoolOfRelu } from '../../../training/graph/ops/pooling';
import { sum } from '../../../training/graph/ops/reduction';
import { relu } from '../../../training/graph/ops/relu';
import { signed } from '../../reference/formula';
import { readFixture } from '../../reference/read-fixture';

/** One case of test/reference/fixtures/ops.json. */
export interface OpCase {
  title: string;
  op: string;
  inputs: { name: string; shape: number[]; values: Float64Array }[];
  upstream: Float64Array;
  shape: number[];
  output: number[];
  gradients: Record<string, number[]>;
  /** The operation on its inputs in order. */
  build(inputs: readonly Tensor[]): Tensor;
}

interface Settings {
  stride: number;
  form?: ConvolutionForm;
  transposeA: boolean;
  transposeB: boolean;
  labels: number[];
  axes: number[];
  keep: boolean;
  order: number[];
  shape: number[];
  axis: number;
  before: number;
  after: number;
  begin: number[];
  size: number[];
}
type Builder = (inputs: readonly Tensor[], settings: Settings) => Tensor;
const one =
  (build: (x: Tensor, settings: Settings) => Tensor): Builder =>
  ([x], settings) =>
    build(x as Tensor, settings);
const two =
  (build: (a: Tensor, b: Tensor, settings: Settings) => Tensor): Builder =>
  ([a, b], settings) =>
    build(a as Tensor, b as Tensor, settings);

const builders: Record<string, Builder> = {
  convolution: two((x, w, { stride, form }) => conv2d(x, w, stride, form)),
  matmul: two((a, b, { transposeA, transposeB }) => matmul(a, b, transposeA, transposeB)),
  'batch-matmul': two((a, b, { transposeA, transposeB }) => batchMatmul(a, b, transposeA, transposeB)),
  'batch-norm-train': ([x, scale, offset]) => batchNorm(x as Tensor, scale as Tensor, offset as Tensor).y,
  'batch-norm-evaluation': ([x, scale, offset, average, variance]) =>
    batchNormWithRunning(x as Tensor, scale as Tensor, offset as Tensor, {
      mean: average as Tensor,
      variance: abs(variance as Tensor),
    }),
  relu: one(relu),
  'max-pool': one((x) => maxPoolOfRelu(add(x, 1))),
  'relu-max-pool': one((x) => maxPoolOfRelu(add(x, -0.7))),
  'global-average': one((x) => mean(x, [1, 2])),
  'softmax-cross-entropy': one((x, { labels }) =>
    mean(crossEntropy(multiply(x, 6), int32s(x.node.graph, labels)), [0]),
  ),
  'byol-loss': two(byolLoss),
  'l2-normalize': one(normalizeRows),
  add: two(add),
  sub: two(subtract),
  mul: two(multiply),
  div: two((a, b) => divide(a, add(b, 2))),
  square: one(square),
  sqrt: one((x) => sqrt(add(x, 2))),
  rsqrt: one((x) => rsqrt(add(x, 2))),
  exp: one(exp),
  log: one((x) => log(add(x, 2))),
  neg: one(negate),
  sum: one((x, { axes, keep }) => sum(x, axes, keep)),
  mean: one((x, { axes, keep }) => mean(x, axes, keep)),
  transpose: one((x, { order }) => transpose(x, order)),
  reshape: one((x, { shape }) => reshape(x, shape)),
  concat: two((a, b, { axis }) => concat([a, b], axis)),
  split: one((x) => {
    const [a, b] = split(x, 2) as [Tensor, Tensor];
    return multiply(a, b);
  }),
  pad: one((x, { before, after }) =>
    pad(x, [
      [0, 0],
      [before, after],
      [before, after],
      [0, 0],
    ]),
  ),
  slice: one((x, { begin, size }) => slice(x, begin, size)),
  cast: one((x) => cast(cast(x, 'bfloat16'), 'float32')),
};

const count = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1);

type FixtureCase = Omit<OpCase, 'inputs' | 'upstream'> & {
  settings: Settings;
  inputs: { name: string; shape: number[]; stream: number }[];
  upstream: number;
};

/** A convolution in each form that can compute it. */
function inEveryForm(example: FixtureCase): FixtureCase[] {
  if (example.op !== 'convolution') return [example];
  const [x, filter] = example.inputs.map(({ shape }) => shape) as [number[], number[]];
  const [, height = 0, width = 0] = x;
  const forms = formsFor({
    kernel: filter[0] as number,
    stride: example.settings.stride,
    height,
    width,
    dtype: 'float32',
  });
  return forms.map((form) => ({ ...example, settings: { ...example.settings, form } }));
}

export function opCases(): OpCase[] {
  const { cases } = readFixture('ops.json') as { cases: FixtureCase[] };
  return cases.flatMap(inEveryForm).map(({ op, settings, inputs, upstream, ...rest }, position) => {
    const build = builders[op];
    if (!build) throw new Error(`no builder for ${op}`);
    const shapes = inputs.map(({ shape }) => `[${shape.join(', ')}]`).join(' ');
    return {
      ...rest,
      title: `${position}: ${op} ${Object.keys(settings).length > 0 ? JSON.stringify(settings) : ''} of ${shapes}`,
      op,
      inputs: inputs.map(({ name, shape, stream }) => ({ name, shape, values: signed(stream, count(shape)) })),
      upstream: signed(upstream, count(rest.shape)),
      build: (tensors) => build(tensors, settings),
    };
  });
}

export const feedOf = (values: Float64Array, shape: number[]): Feed => ({
  dtype: 'float32',
  shape,
  values: Float32Array.from(values),
});
