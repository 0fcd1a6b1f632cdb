import { float32Feed } from '../../../engine/protocol';
import { gradients } from '../../../training/graph/autodiff';
import type { Device, Tensor } from '../../../training/graph/graph';
import { add, cast } from '../../../training/graph/ops/elementwise';
import { inHalves } from '../../../training/graph/ops/halves';
import { reluOfSum, sumOfGradients } from '../../../training/graph/ops/sum-of-maps';
import { signed } from '../../reference/formula';
import { floats, useEngine } from '../run-graph';

const engine = useEngine();
const opsOf = ({ node }: Tensor) => node.graph.nodes.map(({ op }) => op);

/** Maps of few numbers, and of so many that a CPU adds them within a convolution. */
const cases = (
  [
    [1, 2, 2, 8],
    [16, 16, 16, 16],
    [32, 64, 64, 16],
  ] as const
).flatMap((shape) => (['cpu', undefined] as const).map((device) => ({ shape, device })));

test.each(cases)('bfloat16 maps of $shape, device $device: what is added number by number', async (example) => {
  const { shape, device } = example;
  const length = shape.reduce<number>((product, side) => product * side, 1);
  const a = Float32Array.from(signed(1, length));
  const b = Float32Array.from(signed(3, length));
  // Sums that need rounding, that are exactly 0, that are too small for a normal number, or as large as any.
  a.set([1, -0, 0.5, -0.5, 2 ** -130, -(2 ** -130), 3e38, -3e38], 3);
  b.set([2 ** -8, -0, -0.5, 0.5, 2 ** -131, 2 ** -131, -3e38, 1e38], 3);
  const feeds = {
    a: float32Feed(a, [...shape]),
    b: float32Feed(b, [...shape]),
    upstream: float32Feed(signed(2, length), [...shape]),
  };
  const outputs = await engine.run(
    feeds,
    (inputs) => {
      const [a, b, upstream] = ['a', 'b', 'upstream'].map((name) => cast(inputs[name] as Tensor, 'bfloat16')) as [
        Tensor,
        Tensor,
        Tensor,
      ];
      const y = reluOfSum(a, b);
      const together = sumOfGradients([b, a]);
      expect(opsOf(y).filter((op) => op === 'Conv2D')).toHaveLength(convolutions(length, device));
      const [byA, byB] = gradients(y, [a, b], upstream) as [Tensor, Tensor];
      const made = { sum: add(a, b), together, y, byA, byB, upstream };
      return Object.fromEntries(Object.entries(made).map(([name, value]) => [name, cast(value, 'float32')]));
    },
    device,
  );
  const [sum, together, y, byA, byB, upstream] = ['sum', 'together', 'y', 'byA', 'byB', 'upstream'].map((name) =>
    Float32Array.from(floats(outputs, name), (value) => value + 0),
  ) as [Float32Array, Float32Array, Float32Array, Float32Array, Float32Array, Float32Array];
  expect(firstApart(together, sum)).toBe(-1);
  expect(
    firstApart(
      y,
      sum.map((value) => Math.max(value, 0)),
    ),
  ).toBe(-1);
  const through = upstream.map((value, at) => ((sum[at] as number) > 0 ? value : 0));
  expect(firstApart(byA, through)).toBe(-1);
  expect(firstApart(byB, through)).toBe(-1);
  expect(through.filter((value) => value !== 0).length).toBeGreaterThan(length / 4);
});

/** Jest would take seconds to compare millions of numbers. */
const firstApart = (values: Float32Array, expected: Float32Array) =>
  values.length === expected.length ? values.findIndex((value, at) => !Object.is(value, expected[at])) : 0;

/** Of both: the ReLU's sum by one from 2^16 numbers on, gradients by another from 2^21. */
const convolutions = (length: number, device: Device | undefined) =>
  device === 'cpu' ? Number(length >= 2 ** 16) + Number(length >= 2 ** 21) : 0;

test.each([
  ['of float32', (x: Tensor) => reluOfSum(x, x)],
  ['whose number of images is open', (x: Tensor) => inHalves(cast(x, 'bfloat16'), (half) => reluOfSum(half, half))],
])('a map %s is added by TensorFlow', async (_, doubled) => {
  const x = float32Feed(signed(1, 2 ** 18), [8, 64, 64, 8]);
  const outputs = await engine.run(
    { x },
    (inputs) => {
      const y = doubled(inputs['x'] as Tensor);
      expect(opsOf(y)).not.toContain('Conv2D');
      return { y: cast(y, 'float32') };
    },
    'cpu',
  );
  expect(floats(outputs, 'y').length).toBe(2 ** 18);
});
