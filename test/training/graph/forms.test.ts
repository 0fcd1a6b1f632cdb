import { float32Feed } from '../../../engine/protocol';
import { gradients } from '../../../training/graph/autodiff';
import type { DType, Tensor } from '../../../training/graph/graph';
import { cast } from '../../../training/graph/ops/elementwise';
import { inHalves } from '../../../training/graph/ops/halves';
import { conv2d } from '../../../training/graph/ops/convolution/convolution';
import { formOf, formsFor } from '../../../training/graph/ops/convolution/forms';
import { signed } from '../../reference/formula';
import { expectClose } from '../closeness';
import { floats, useEngine } from '../run-graph';

const engine = useEngine();

/** In each a form other than the direct one. */
const shapes = [
  { kernel: 3, stride: 1, height: 1, width: 1 },
  { kernel: 3, stride: 1, height: 2, width: 2 },
  { kernel: 3, stride: 1, height: 1, width: 3 },
  { kernel: 3, stride: 1, height: 3, width: 2 },
  { kernel: 3, stride: 1, height: 3, width: 3 },
  { kernel: 3, stride: 1, height: 7, width: 7 },
  { kernel: 3, stride: 2, height: 6, width: 6 },
  { kernel: 3, stride: 2, height: 4, width: 6 },
  { kernel: 1, stride: 2, height: 5, width: 5 },
  { kernel: 1, stride: 2, height: 3, width: 6 },
  { kernel: 5, stride: 2, height: 4, width: 6 },
  { kernel: 7, stride: 2, height: 8, width: 6 },
];
const each = shapes.flatMap((shape) => formsFor({ ...shape, dtype: 'float32' }).map((form) => ({ ...shape, form })));
const inBfloat16 = each.filter((example) => formsFor({ ...example, dtype: 'bfloat16' }).includes(example.form));
const [n, ci, co] = [5, 4, 6];

const feedsOf = ({ kernel, stride, height, width }: (typeof each)[number]) => {
  const [outHeight, outWidth] = [Math.ceil(height / stride), Math.ceil(width / stride)] as const;
  return {
    x: float32Feed(signed(1, n * height * width * ci), [n, height, width, ci]),
    filter: float32Feed(signed(2, kernel * kernel * ci * co), [kernel, kernel, ci, co]),
    upstream: float32Feed(signed(3, n * outHeight * outWidth * co), [n, outHeight, outWidth, co]),
  };
};

// The map of 7x7 is there for Winograd's: without bf16 instructions TensorFlow adds up its 245 products in bf16.
test.each(inBfloat16.filter(({ height }) => height !== 7))(
  '$form, $kernel x $kernel with stride $stride of $height x $width: the same in bf16, but for its rounding',
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
  '$form, $kernel x $kernel with stride $stride of $height x $width: the same of a batch whose length is open',
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

// Tiles of 4 outputs that do not fill the map, and of 6, which ResNet-18 at 96 pixels has throughout.
test.each([
  [13, 15],
  [6, 12],
])(
  'Winograd of %i x %i: as direct, with the gradients, of a batch in parts and a prime number of images',
  async (height, width) => {
    const [images, channels] = [61, 64];
    const feeds = {
      x: float32Feed(signed(4, images * height * width * channels), [images, height, width, channels]),
      filter: float32Feed(signed(5, 9 * channels * channels), [3, 3, channels, channels]),
      upstream: float32Feed(signed(6, images * height * width * channels), [images, height, width, channels]),
    };
    const outputs = await engine.run(feeds, (inputs) => {
      const [x, filter, upstream] = ['x', 'filter', 'upstream'].map((name) => inputs[name] as Tensor) as [
        Tensor,
        Tensor,
        Tensor,
      ];
      const computed = (form: 'direct' | 'winograd') => {
        const y = conv2d(x, filter, 1, form);
        return [y, ...gradients(y, [x, filter], upstream)].map((value, at) => [`${form}${at}`, value] as const);
      };
      return Object.fromEntries([...computed('direct'), ...computed('winograd')]);
    });
    for (const at of [0, 1, 2]) {
      const direct = floats(outputs, `direct${at}`);
      const largest = direct.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      expectClose(floats(outputs, `winograd${at}`), direct, largest * 2e-5, ['output', 'by x', 'by filter'][at]);
    }
  },
);

test('Winograd is taken for many channels in float32 on a CPU alone', () => {
  const use = {
    kernel: 3,
    stride: 1,
    height: 12,
    width: 12,
    channels: 64,
    dtype: 'float32',
    batch: 64,
    device: 'cpu',
  } as const;
  expect(formOf(use)).toBe('winograd');
  expect(formOf({ ...use, height: 3, width: 24 })).toBe('winograd');
  expect(formOf({ ...use, batch: -1 })).toBe('winograd');
  const others = [
    { device: 'gpu' },
    { device: undefined },
    { dtype: 'bfloat16' },
    { channels: 32, batch: 512 },
    { batch: 32 },
    { width: 25 },
    { width: 13, batch: -1 },
    { height: 4, width: 4 },
    { stride: 2 },
    { height: 2, width: 2, batch: 4096 },
  ] as const;
  for (const other of others) expect(formOf({ ...use, ...other })).not.toBe('winograd');
});

describe('a gradient by the filter of its own', () => {
  const use = { kernel: 3, stride: 1, height: 6, width: 6, channels: 256, batch: 64, device: 'cpu' } as const;
  test.each([
    [{}, 'a small map of many channels'],
    [{ height: 8, width: 8, channels: 64 }, 'one of 8 pixels'],
    [{ stride: 2, height: 28, width: 28, channels: 64 }, 'a strided one that leaves 14 pixels'],
    [{ kernel: 7, stride: 2, height: 96, width: 96, channels: 3 }, 'the kernel that sees the image'],
  ] as const)('is taken in bf16: %j, %s', (shape, _) => {
    expect(formOf({ ...use, dtype: 'bfloat16', ...shape })).toBe('own-filter-gradient');
  });

  test.each([
    [{ height: 9 }, 'a longer map'],
    [{ stride: 2, height: 30 }, 'a longer strided one'],
    [{ stride: 2, height: 12, width: 11 }, 'an odd one'],
    [{ batch: 15 }, 'few images'],
    [{ channels: 32 }, 'few channels'],
    [{ batch: -1 }, 'a batch whose length is open, of which nothing is trained'],
    [{ device: undefined }, 'any device'],
    [{ device: 'gpu' }, 'a GPU'],
    [{ kernel: 7, stride: 2, height: 96, width: 96 }, 'a large kernel over many channels'],
  ] as const)('is not taken in bf16: %j, %s', (shape, _) => {
    expect(formOf({ ...use, dtype: 'bfloat16', ...shape })).not.toBe('own-filter-gradient');
  });

  test('is taken in float32 for small strided maps alone', () => {
    const strided = { ...use, dtype: 'float32', stride: 2, height: 12, width: 12 } as const;
    expect(formOf(strided)).toBe('own-filter-gradient');
    expect(formOf({ ...strided, height: 6, width: 6 })).toBe('phases');
    expect(formOf({ ...strided, height: 6, width: 6, batch: 15 })).toBe('patches');
    expect(formOf({ ...strided, height: 14 })).toBe('direct');
    expect(formOf({ ...strided, stride: 1, channels: 32 })).toBe('direct');
  });
});
