import fc from 'fast-check';
import { float32Feed } from '../../../engine/protocol';
import { size, type Tensor } from '../../../training/graph/graph';
import { add, multiply } from '../../../training/graph/ops/elementwise';
import { partByPart } from '../../../training/graph/ops/parts';
import { sum } from '../../../training/graph/ops/reduction';
import { reshape } from '../../../training/graph/ops/array';
import { signed } from '../../reference/formula';
import { expectClose } from '../closeness';
import { floats, useEngine } from '../run-graph';

const engine = useEngine();

test('rows part by part give what they give together, however many are left at the end', async () => {
  const lengths = fc.record({ rows: fc.integer({ min: 1, max: 9 }), most: fc.integer({ min: 1, max: 11 }) });
  await fc.assert(
    fc.asyncProperty(lengths, async ({ rows, most }) => {
      const [a, b] = [signed(1, 6 * rows), signed(2, 2 * rows)];
      const feeds = { a: float32Feed(a, [rows, 3, 2]), b: float32Feed(b, [rows, 2]) };
      const outputs = await engine.run(feeds, (inputs) => {
        const both = [inputs['a'], inputs['b']] as [Tensor, Tensor];
        const [sums, doubled] = partByPart('test', most, both, [2, 1], (_, [x, y]) => {
          expect(size(x as Tensor, 0)).toBe(Math.min(rows, most));
          return [add(sum(x as Tensor, [1]), y as Tensor), reshape(multiply(sum(y as Tensor, [1]), 2), [-1, 1])];
        });
        return { sums: sums as Tensor, doubled: doubled as Tensor };
      });
      const at = (row: number, column: number) => b[2 * row + column]!;
      const row = (_: unknown, index: number) => index;
      const all = Array.from({ length: rows }, row);
      const summed = all.flatMap((n) =>
        [0, 1].map((c) => [0, 1, 2].reduce((s, k) => s + a[6 * n + 2 * k + c]!, at(n, c))),
      );
      expectClose(floats(outputs, 'sums'), summed, 1e-5);
      expectClose(
        floats(outputs, 'doubled'),
        all.map((n) => 2 * (at(n, 0) + at(n, 1))),
        1e-5,
      );
      expect(outputs['doubled']?.shape).toEqual([rows, 1]);
    }),
    { numRuns: 40 },
  );
});
