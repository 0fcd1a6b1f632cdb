import { float32Feed } from '../../../engine/protocol';
import { gradients } from '../../../training/graph/autodiff';
import type { Device, Tensor } from '../../../training/graph/graph';
import { add, cast } from '../../../training/graph/ops/elementwise';
import { relu } from '../../../training/graph/ops/relu';
import { signed } from '../../reference/formula';
import { floats, useEngine } from '../run-graph';

const engine = useEngine();

/** Of a few numbers and of so many that a CPU takes the gradient in bfloat16 by selection. */
describe.each([64, 2 ** 17])('the ReLU of %i bfloat16 numbers', (length) => {
  const edges = [0, -0, 2 ** -130, -(2 ** -130), 3e38, -3e38, Infinity, -Infinity];
  const a = Float32Array.from(signed(1, length));
  a.set(edges, 3);
  const b = Float32Array.from(a, (_, at) => (at % 7) / 8 - 0.4);
  b.fill(-0, 3, 3 + edges.length);
  const feeds = {
    a: float32Feed(a, [length]),
    b: float32Feed(b, [length]),
    upstream: float32Feed(signed(2, length), [length]),
  };
  const on = (device: Device | undefined) =>
    engine.run(
      feeds,
      (inputs) => {
        const [a, b, upstream] = ['a', 'b', 'upstream'].map((name) => cast(inputs[name] as Tensor, 'bfloat16'));
        const x = add(a as Tensor, b as Tensor);
        const y = relu(x);
        const [byA] = gradients(y, [a as Tensor], upstream as Tensor) as [Tensor];
        return {
          x: cast(x, 'float32'),
          y: cast(y, 'float32'),
          byA: cast(byA, 'float32'),
          up: cast(upstream as Tensor, 'float32'),
        };
      },
      device,
    );

  test.each(['cpu', undefined] as const)(
    'is max(x, 0), and lets through the gradient of what is above 0: device %s',
    async (device) => {
      const outputs = await on(device);
      const [x, y, byA, up] = ['x', 'y', 'byA', 'up'].map((name) => floats(outputs, name)) as [
        number[],
        number[],
        number[],
        number[],
      ];
      expect(y.map((value) => value + 0)).toEqual(x.map((value) => (value > 0 ? value : 0)));
      expect(byA.map((value) => value + 0)).toEqual(up.map((value, at) => ((x[at] as number) > 0 ? value : 0)));
      expect(x.filter((value) => value > 0).length).toBeGreaterThan(length / 4);
    },
  );
});
