import { float32Feed } from '../../../engine/protocol';
import { gradients } from '../../../training/graph/autodiff';
import type { Tensor } from '../../../training/graph/graph';
import { conv2d } from '../../../training/graph/ops/convolution/convolution';
import { signed } from '../../reference/formula';
import { expectClose } from '../closeness';
import { floats, useEngine } from '../run-graph';

// The filter gradient of oneDNN ended the engine with SIGSEGV at the first three of these.
const engine = useEngine();

test.each([
  [8, 48],
  [4, 65],
  [12, 128],
  [8, 32],
  [16, 64],
])('1x1 convolutions with stride 2: %d channels at %d pixels', async (channels, side) => {
  const [out, half] = [2 * channels, Math.ceil(side / 2)];
  const [x, filter] = [signed(1, side * side * channels), signed(2, channels * out)];
  const upstream = signed(3, half * half * out);
  const outputs = await engine.run(
    {
      x: float32Feed(x, [1, side, side, channels]),
      filter: float32Feed(filter, [1, 1, channels, out]),
      upstream: float32Feed(upstream, [1, half, half, out]),
    },
    (inputs) => {
      const [x, filter] = [inputs['x'] as Tensor, inputs['filter'] as Tensor];
      const y = conv2d(x, filter, 2);
      expect(y.shape).toEqual([1, half, half, out]);
      const [byX, byFilter] = gradients(y, [x, filter], inputs['upstream'] as Tensor) as [Tensor, Tensor];
      return { byX, byFilter };
    },
  );
  const byX = new Float64Array(x.length);
  const byFilter = new Float64Array(filter.length);
  for (let row = 0; row < half; row++)
    for (let col = 0; col < half; col++)
      for (let c = 0; c < channels; c++)
        for (let o = 0; o < out; o++) {
          const from = (2 * row * side + 2 * col) * channels + c;
          const dy = upstream[(row * half + col) * out + o]!;
          byFilter[c * out + o]! += x[from]! * dy;
          byX[from]! += filter[c * out + o]! * dy;
        }
  expectClose(floats(outputs, 'byFilter'), byFilter, 1e-4, 'gradient by the filter');
  expectClose(floats(outputs, 'byX'), byX, 1e-5, 'gradient by the images');
});
