import type { Graph, Node, Tensor } from '../graph';
import { after } from './array';
import { constant } from './constant';
import { add, less } from './elementwise';
import { defineFunction } from './function';

interface Round {
  /** Handed to the next round. */
  carried: readonly Tensor[];
  /** Run before the next round's `read` of any variable. A write that waits for no `read`, or another way to read, is not in order. */
  effects: readonly Node[];
  /** Once these ran, what the next round does without reading variables may start beside the rest; by default the effects. */
  next?: readonly Node[];
}

/**
 * Runs a body `count` times inside the graph.
 *
 * @param name unique in the program
 * @param count int32 scalar
 * @param invariant values that every round sees
 * @param carried values handed from round to round, of unchanging shape
 * @param body makes one round; `round` is an int32 scalar from 0
 * @returns the carried values after the last round
 */
export function repeat(
  name: string,
  count: Tensor,
  invariant: readonly Tensor[],
  carried: readonly Tensor[],
  body: (graph: Graph, round: Tensor, invariant: readonly Tensor[], carried: readonly Tensor[]) => Round,
): readonly Tensor[] {
  const graph = count.node.graph;
  const zero = constant(graph, 'int32', [0]);
  const given = [zero, count, after(zero, graph.readsAfter), ...invariant, ...carried];
  const handles: Tensor[] = [];
  let overlaps = false;
  // Effects are no results of the function itself: the next round would wait for them.
  const round = defineFunction(graph, `${name}_body`, given, (inner, inputs) => {
    const [at, limit, written, ...rest] = inputs as [Tensor, Tensor, Tensor, ...Tensor[]];
    const captured = captureHandles(inner, handles);
    inner.readsAfter = [after(written, []).node];
    const fixed = rest.slice(0, invariant.length);
    const made = body(inner, at, fixed, rest.slice(invariant.length));
    overlaps = made.next !== undefined;
    const started = after(add(at, 1), made.next ?? [...made.effects, ...made.carried.map(({ node }) => node)]);
    const results = [started, limit, after(written, made.effects), ...fixed, ...made.carried, ...captured];
    return { arguments: [...inputs, ...captured], results, effects: [] };
  });
  const all = [...given, ...handles];
  const condition = defineFunction(graph, `${name}_condition`, all, (_, inputs) => ({
    results: [less(inputs[0] as Tensor, inputs[1] as Tensor)],
    effects: [],
  }));
  const node = graph.add('While', all, {
    attributes: {
      T: { types: all.map((tensor) => tensor.dtype) },
      cond: { function: condition.name },
      body: { function: round.name },
      output_shapes: { shapes: all.map((tensor) => tensor.shape) },
      parallel_iterations: { int: overlaps ? 2 : 1 },
      _lower_using_switch_merge: { bool: true },
    },
    outputs: all.map(({ dtype, shape }) => ({ slot: 'output', dtype, shape })),
  });
  return node.outputs.slice(3 + invariant.length, 3 + invariant.length + carried.length);
}

/** The body's arguments for the handles that it asks for, which `handles` has from the graph around it. */
function captureHandles(inner: Graph, handles: Tensor[]): Tensor[] {
  const captured: Tensor[] = [];
  inner.capture = (handle) => {
    handles.push(handle);
    const argument = inner.placeholder(`handle${handles.length}`, handle.dtype, handle.shape);
    captured.push(argument);
    return argument;
  };
  return captured;
}
