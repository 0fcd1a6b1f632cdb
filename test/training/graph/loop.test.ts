import { float32Feed } from '../../../engine/protocol';
import type { Tensor } from '../../../training/graph/graph';
import { after } from '../../../training/graph/ops/array';
import { constant } from '../../../training/graph/ops/constant';
import { add, cast, multiply } from '../../../training/graph/ops/elementwise';
import { repeat } from '../../../training/graph/ops/loop';
import { matmul } from '../../../training/graph/ops/matmul';
import { sum } from '../../../training/graph/ops/reduction';
import { assign, read, readAfter, type Variable } from '../../../training/graph/ops/variable';
import { floats, useEngine } from '../run-graph';

const engine = useEngine();
const rounds = 8;

/** v <- v / 2 + the round, `rounds` times from 1, and the sum of what each round read. */
function expected(): { last: number; total: number } {
  let [last, total] = [1, 0];
  for (let round = 0; round < rounds; round++) [last, total] = [last / 2 + round, total + last];
  return { last, total };
}

/** The write comes late: behind products of fed zeros that take milliseconds. */
function late(x: Tensor, zeros: Tensor): Tensor {
  const product = [0, 1, 2, 3].reduce((value) => matmul(value, zeros), zeros);
  return add(x, sum(product, [0, 1]));
}

test.each(['one after the other', 'overlapping'])('a round reads what the one before wrote: %s', async (way) => {
  const variable: Variable = { name: `loop ${way}`, dtype: 'float32', shape: [] };
  const slow = new Array<number>(400 * 400).fill(0);
  const outputs = await engine.run({ slow: float32Feed(slow, [400, 400]), start: float32Feed([1]) }, (inputs) => {
    const { node } = inputs['start'] as Tensor;
    const started = assign(variable, inputs['start'] as Tensor);
    const zero = multiply(inputs['start'] as Tensor, 0);
    const count = after(constant(node.graph, 'int32', [rounds]), [started]);
    const [total] = repeat('test', count, [inputs['slow'] as Tensor], [zero], (body, round, [matrix], [sofar]) => {
      const value = read(body, variable);
      const next = add(multiply(value, 0.5), cast(round, 'float32'));
      const effects = [assign(variable, late(next, matrix as Tensor), [value.node])];
      const made = { carried: [add(sofar as Tensor, value)], effects };
      return way === 'overlapping' ? { ...made, next: [] } : made;
    });
    return { total: total as Tensor, last: readAfter(node.graph, variable, [(total as Tensor).node]) };
  });
  expect(floats(outputs, 'total')).toEqual([expected().total]);
  expect(floats(outputs, 'last')).toEqual([expected().last]);
});

test('a loop within a loop sees a variable of the graph around both', async () => {
  const variable: Variable = { name: 'loop within', dtype: 'float32', shape: [2] };
  const outputs = await engine.run({ start: float32Feed([3, 5], [2]) }, (inputs) => {
    const start = inputs['start'] as Tensor;
    const { graph } = start.node;
    const zero = multiply(sum(start, [0]), 0);
    const count = after(constant(graph, 'int32', [2]), [assign(variable, start)]);
    const [total] = repeat('outer', count, [], [zero], (outer, _, __, [sofar]) => {
      const three = constant(outer, 'int32', [3]);
      const sums = repeat('inner', three, [], [sofar as Tensor], (inner, ___, ____, [value]) => ({
        carried: [add(value as Tensor, sum(read(inner, variable), [0]))],
        effects: [],
      }));
      return { carried: sums, effects: [] };
    });
    return { total: total as Tensor };
  });
  expect(floats(outputs, 'total')).toEqual([2 * 3 * 8]);
});
