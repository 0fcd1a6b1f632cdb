import type { Precision } from '../experiment/precision';
import type { Tensor } from './graph/graph';
import { gather, reshape, scatterRows, shapeOf, stack } from './graph/ops/array';
import { constant } from './graph/ops/constant';
import { add, addN, cast, multiply } from './graph/ops/elementwise';
import { sum } from './graph/ops/reduction';
import { readAfter } from './graph/ops/variable';
import type { Parameters } from './model/parameters';

/**
 * The rounds of a call that is fed `indices` [K, B]: their count, known when the program runs, and an empty trace.
 *
 * @returns count int32 scalar; losses [K] float32 zeros
 */
export function roundOf(indices: Tensor): { count: Tensor; losses: Tensor } {
  const graph = indices.node.graph;
  const count = gather(shapeOf(indices), constant(graph, 'int32', [0]), 0);
  const column = gather(indices, constant(graph, 'int32', [0]), 1);
  return { count, losses: multiply(cast(reshape(column, [-1]), 'float32'), 0) };
}

/** The trace [K] with this round's loss in its place. */
export function recordLoss(trace: Tensor, round: Tensor, loss: Tensor): Tensor {
  return scatterRows(trace, stack([round], 0), stack([loss], 0));
}

/**
 * The trace, and NaN throughout where the encoder's running statistics are no longer finite: in bfloat16 ReLUs within oneDNN's
 * operations make NaN 0, so that a network that diverged can have a finite loss, of features that are all one.
 */
export function soundLosses(trace: Tensor, encoder: Parameters, precision: Precision): Tensor {
  if (precision !== 'bf16') return trace;
  const { node } = trace;
  const statistics = encoder.all.filter(({ role }) => role === 'statistic');
  const sums = statistics.map((statistic) => sum(readAfter(node.graph, statistic, [node]), [0]));
  return add(trace, multiply(addN(sums), 0));
}
