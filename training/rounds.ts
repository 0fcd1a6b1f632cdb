import type { Tensor } from './graph/graph';
import { gather, reshape, scatterRows, shapeOf, stack } from './graph/ops/array';
import { constant } from './graph/ops/constant';
import { cast, multiply } from './graph/ops/elementwise';

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
