import { float32Feed } from '../../../engine/protocol';
import type { Tensor } from '../../../training/graph/graph';
import { inHalves } from '../../../training/graph/ops/halves';
import { matmul } from '../../../training/graph/ops/matmul';
import { signed } from '../../reference/formula';
import { expectClose } from '../closeness';
import { floats, useEngine } from '../run-graph';

const engine = useEngine();

test.each([1, 2, 3, 8, 9])('%d rows in halves give what they give together', async (rows) => {
  const matrix = float32Feed(signed(1, 6), [3, 2]);
  const outputs = await engine.run({ x: float32Feed(signed(2, 3 * rows), [rows, 3]), matrix }, (inputs) => {
    const [x, matrix] = [inputs['x'] as Tensor, inputs['matrix'] as Tensor];
    let parts = 0;
    const halves = inHalves(x, (half) => {
      parts += 1;
      return matmul(half, matrix);
    });
    expect(parts).toBe(2);
    return { halves, whole: matmul(x, matrix) };
  });
  expect(outputs['halves']?.shape).toEqual([rows, 2]);
  expectClose(floats(outputs, 'halves'), floats(outputs, 'whole'), 1e-6);
});
