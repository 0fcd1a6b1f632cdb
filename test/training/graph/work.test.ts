import { gradients } from '../../../training/graph/autodiff';
import { Graph } from '../../../training/graph/graph';
import { constant } from '../../../training/graph/ops/constant';
import { conv2d } from '../../../training/graph/ops/convolution/convolution';
import { repeat } from '../../../training/graph/ops/loop';
import { matmul } from '../../../training/graph/ops/matmul';
import { sum } from '../../../training/graph/ops/reduction';
import { typicalProduct } from '../../../training/graph/work';

/** Output pixels and channels times what each of them sums up. */
const products = { convolution: 2 * 8 * 8 * 6 * (3 * 3 * 4), matrices: 5 * 7 * 3 };

test('a convolution and its two gradients multiply equally often', () => {
  const graph = new Graph();
  const x = graph.placeholder('x', 'float32', [2, 8, 8, 4]);
  const filter = graph.placeholder('filter', 'float32', [3, 3, 4, 6]);
  const loss = sum(conv2d(x, filter, 1, 'direct'), [0, 1, 2, 3]);
  expect(typicalProduct(graph, [loss.node])).toBe(products.convolution);
  const both = gradients(loss, [x, filter], constant(graph, 'float32', [1]));
  for (const gradient of both) expect(typicalProduct(graph, [gradient.node])).toBeCloseTo(products.convolution);
});

test.each([false, true])('a matrix product, the first factor transposed: %s', (transposed) => {
  const graph = new Graph();
  const a = graph.placeholder('a', 'float32', transposed ? [3, 5] : [5, 3]);
  const b = graph.placeholder('b', 'float32', [3, 7]);
  expect(typicalProduct(graph, [matmul(a, b, transposed).node])).toBe(products.matrices);
});

test('products in a loop count, each by its own multiplications', () => {
  const graph = new Graph();
  const a = graph.placeholder('a', 'float32', [5, 3]);
  const b = graph.placeholder('b', 'float32', [3, 7]);
  const count = constant(graph, 'int32', [2]);
  const total = graph.placeholder('total', 'float32', []);
  const [result] = repeat('loop', count, [a, b], [total], (_body, _round, [left, right]) => {
    const large = matmul(left!, right!);
    const small = matmul(large, large, true);
    return { carried: [sum(small, [0, 1])], effects: [] };
  });
  const small = 7 * 7 * 5;
  const expected = (products.matrices ** 2 + small ** 2) / (products.matrices + small);
  expect(typicalProduct(graph, [result!.node])).toBeCloseTo(expected);
  expect(typicalProduct(graph, [a.node])).toBe(0);
});
