import type { Tensor } from './graph/graph';
import { gather, reshape, scatterRows, shapeOf, stack } from './graph/ops/array';
import { constant, float32 } from './graph/ops/constant';
import { addN, cast, isFinite, multiply, where } from './graph/ops/elementwise';
import { sum } from './graph/ops/reduction';
import { readAfter } from './graph/ops/variable';
import type { Parameter } from './model/parameters';

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
 * The trace of a call; NaN throughout where a number of the encoder's normalizations is not finite after its last step.
 * ReLUs within oneDNN's operations make NaN 0: a network that diverged can have a finite loss, of features that are the same for
 * every image.
 */
export function nanWhereDiverged(trace: Tensor, encoder: readonly Parameter[]): Tensor {
  const { node } = trace;
  const telling = encoder.filter(({ role }) => role === 'statistic' || role === 'batch-norm');
  const sums = telling.map((vector) => sum(readAfter(node.graph, vector, [node]), [0]));
  return where(isFinite(addN(sums)), trace, float32(node.graph, NaN));
}
