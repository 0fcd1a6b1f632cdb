import { size, type Graph, type Tensor } from '../graph';
import { gather, scatterRows } from './array';
import { constant, fill, int32s } from './constant';
import { add, minimum, multiply } from './elementwise';
import { repeat } from './loop';

/**
 * Computes rows some at a time, part after part, where a row's result does not depend on the rows beside it and all rows at
 * once would take too much memory. The last part reaches back into the one before it where the rest is smaller.
 *
 * @param name unique in the program
 * @param most rows of a part
 * @param inputs their first axis are the rows, equally many and known
 * @param columns of each result
 * @param compute of the inputs' rows of a part -> results [rows, columns] float32
 * @returns the results of all rows
 */
export function partByPart(
  name: string,
  most: number,
  inputs: readonly Tensor[],
  columns: readonly number[],
  compute: (graph: Graph, rows: readonly Tensor[]) => readonly Tensor[],
): readonly Tensor[] {
  const [{ node }] = inputs as [Tensor];
  const count = size(inputs[0] as Tensor, 0);
  const part = Math.min(most, count);
  const results = columns.map((width) => fill(node.graph, [count, width], 0));
  const rounds = constant(node.graph, 'int32', [Math.ceil(count / part)]);
  return repeat(name, rounds, inputs, results, (body, round, all, sofar) => {
    const numbers = Array.from({ length: part }, (_, at) => at);
    const places = add(int32s(body, numbers), minimum(multiply(round, part), count - part));
    const made = compute(
      body,
      all.map((input) => gather(input, places, 0)),
    );
    return { carried: sofar.map((result, at) => scatterRows(result, places, made[at] as Tensor)), effects: [] };
  });
}
