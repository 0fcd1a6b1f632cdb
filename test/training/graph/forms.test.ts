import { float32Feed } from '../../../engine/protocol';
import { gradients } from '../../../training/graph/autodiff';
import type { DType, Tensor } from '../../../training/graph/graph';
import { cast } from '../../../training/graph/ops/elementwise';
import { inHalves } from '../../../training/graph/ops/halves';
import { conv2d } from '../../../training/graph/ops/convolution/convolution';
import { formsFor } from '../../../training/graph/ops/convolution/forms';
import { signed } from '../../reference/formula';
import { expectClose } from '../closeness';
import { floats, useEngine } from '../run-graph';

const engine = useEngine();

/** kernel, stride, side: in each a form other than the direct one. */
const shapes = [
  { kernel: 3, stride: 1, side: 1 },
  { kernel: 3, stride: 1, side: 2 },
  { kernel: 3, stride: 1, side: 3 },
  { kernel: 3, stride: 2, side: 6 },
  { kernel: 1, stride: 2, side: 5 },
];
const each = shapes.flatMap((shape) =>
  formsFor({ ...shape, height: shape.side, width: shape.side }).map((form) => ({ ...shape, form })),
);
const [n, ci, co] = [5, 4, 6];

const feedsOf = ({ kernel, stride, side }: (typeof each)[number]) => {
  const out = Math.ceil(side / stride);
  return {
    x: float32Feed(signed(1, n * side * side * ci), [n, side, side, ci]),
    filter: float32Feed(signed(2, kernel * kernel * ci * co), [kernel, kernel, ci, co]),
    upstream: float32Feed(signed(3, n * out * out * co), [n, out, out, co]),
  };
};

test.each(each)(
  '$form, $kernel x $kernel with stride $stride of $side: the same in bf16, but for its rounding',
  async (example) => {
    const outputs = await engine.run(feedsOf(example), (inputs) => {
      const [x, filter, upstream] = ['x', 'filter', 'upstream'].map((name) => inputs[name] as Tensor) as [
        Tensor,
        Tensor,
        Tensor,
      ];
      const computed = (dtype: DType) => {
        const y = cast(conv2d(cast(x, dtype), cast(filter, dtype), example.stride, example.form), 'float32');
        return [y, ...gradients(y, [x, filter], upstream)] as [Tensor, Tensor, Tensor];
      };
      const [full, rounded] = [computed('float32'), computed('bfloat16')];
      const named = (prefix: string, values: Tensor[]) =>
        Object.fromEntries(values.map((value, at) => [`${prefix}${at}`, value]));
      return { ...named('full', full), ...named('rounded', rounded) };
    });
    for (const at of [0, 1, 2]) {
      const full = floats(outputs, `full${at}`);
      const largest = Math.max(...Array.from(full, Math.abs));
      // Eight bits of mantissa, of the operands and of the result.
      expectClose(floats(outputs, `rounded${at}`), full, largest * 2 ** -6, ['output', 'by x', 'by filter'][at]);
    }
  },
);

test.each(each)(
  '$form, $kernel x $kernel with stride $stride of $side: the same of a batch whose length is open',
  async (example) => {
    const { x, filter } = feedsOf(example);
    const outputs = await engine.run({ x, filter }, (inputs) => {
      const [x, filter] = [inputs['x'] as Tensor, inputs['filter'] as Tensor];
      const convolved = (of: Tensor) => conv2d(of, filter, example.stride, example.form);
      return { open: inHalves(x, convolved), known: convolved(x) };
    });
    expect(outputs['open']?.shape).toEqual(outputs['known']?.shape);
    expectClose(floats(outputs, 'open'), floats(outputs, 'known'), 1e-5);
  },
);
