import type { Graph, Node, Tensor } from '../graph/graph';
import { multiply } from '../graph/ops/elementwise';
import { fill } from '../graph/ops/constant';
import { assign, assignAdd, barrier, read, type Variable } from '../graph/ops/variable';
import { clipByGlobalNorm } from './norm';
import { slotOf, type TrainedWeight, type UpdateInputs, type UpdateRule } from './optimizer';

/** Weights of a network's first convolution and its normalization, whose gradients come last. */
const stem = 3;

/**
 * Updates every weight by its gradient, clipped where the rule says so, once the gradients are there and `control` ran. All but
 * the stem's do not wait for the stem's gradients: of these the last are computed beside the updates.
 */
export function updateAll(
  rule: UpdateRule,
  weights: readonly TrainedWeight[],
  gradients: readonly Tensor[],
  inputs: UpdateInputs,
  control: readonly Node[],
): Node[] {
  const graph = inputs.step.node.graph;
  // Reads are over before the write, which would copy a weight that is still read: in float32 those next to the stem alone.
  const later = barrier(graph, [...gradients.slice(stem).map(({ node }) => node), ...control]);
  const all = barrier(graph, [later, ...gradients.slice(0, stem).map(({ node }) => node)]);
  const used = rule.clip === undefined ? gradients : clipByGlobalNorm(gradients, rule.clip);
  return weights.map((weight, position) => {
    const slots = rule.slots.map((slot) => slotOf(slot, weight));
    return rule.update(weight, slots, used[position] as Tensor, inputs, [position < stem ? all : later]);
  });
}

const accumulator = (weight: Variable): Variable => slotOf('accumulated', weight);

/** Adds the gradients of one micro-batch to the accumulators. */
export const accumulate = (weights: readonly Variable[], gradients: readonly Tensor[]): Node[] =>
  weights.map((weight, position) => assignAdd(accumulator(weight), gradients[position] as Tensor));

/** The mean gradient of `count` micro-batches. */
export const accumulated = (graph: Graph, weights: readonly Variable[], count: number): Tensor[] =>
  weights.map((weight) => multiply(read(graph, accumulator(weight)), 1 / count));

/** Empties the accumulators. */
export const clearAccumulated = (graph: Graph, weights: readonly Variable[], control: readonly Node[]): Node[] =>
  weights.map((weight) => assign(accumulator(weight), fill(graph, weight.shape, 0), control));

/** The state that an optimizer keeps for the weights, in the order of slots, then weights. */
export const optimizerState = (rule: UpdateRule, weights: readonly Variable[], accumulates: boolean): Variable[] => [
  ...rule.slots.flatMap((slot) => weights.map((weight) => slotOf(slot, weight))),
  ...(accumulates ? weights.map(accumulator) : []),
];
