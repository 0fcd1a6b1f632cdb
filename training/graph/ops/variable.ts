import { first, type DType, type Graph, type Node, type Shape, type Tensor } from '../graph';

/** State that lives in the session between calls, known to all signatures of a program by its name. */
export interface Variable {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
}

/** The handle: in a function's body too, since handles are looked up by name; a loop's body is given it, to look it up once. */
export function handle(graph: Graph, variable: Variable): Tensor {
  return graph.once(`handle ${variable.name}`, () => {
    if (graph.capture && graph.root) return graph.capture(handle(graph.root, variable));
    return first(
      graph.add('VarHandleOp', [], {
        attributes: {
          dtype: { type: variable.dtype },
          shape: { shape: variable.shape },
          shared_name: { text: variable.name },
          container: { text: '' },
        },
        outputs: [{ slot: 'resource', dtype: 'resource', shape: [] }],
      }),
    );
  });
}

/** The value now; read once a graph, so that everything in a step sees one value. */
export function read(graph: Graph, variable: Variable): Tensor {
  const known = graph.reads.get(variable.name);
  if (known) return known;
  const value = readAfter(graph, variable, graph.readsAfter);
  graph.reads.set(variable.name, value);
  return value;
}

/** The value after the given nodes ran. */
export function readAfter(graph: Graph, variable: Variable, control: readonly Node[]): Tensor {
  return first(
    graph.add('ReadVariableOp', [handle(graph, variable)], {
      attributes: { dtype: { type: variable.dtype } },
      outputs: [{ slot: 'value', dtype: variable.dtype, shape: variable.shape }],
      control,
    }),
  );
}

function write(op: string, variable: Variable, value: Tensor, control: readonly Node[]): Node {
  const graph = value.node.graph;
  return graph.add(op, [handle(graph, variable), value], {
    attributes: {
      dtype: { type: variable.dtype },
      ...(op === 'AssignVariableOp' ? { validate_shape: { bool: false } } : {}),
    },
    control,
  });
}

export const assign = (variable: Variable, value: Tensor, control: readonly Node[] = []): Node =>
  write('AssignVariableOp', variable, value, control);
export const assignAdd = (variable: Variable, value: Tensor, control: readonly Node[] = []): Node =>
  write('AssignAddVariableOp', variable, value, control);
export const assignSubtract = (variable: Variable, value: Tensor, control: readonly Node[] = []): Node =>
  write('AssignSubVariableOp', variable, value, control);

/** variable <- variable - scale * value, in one pass; `value` is not a read of the variable itself, which would be copied first. @param scale scalar */
export const subtractScaled = (variable: Variable, value: Tensor, scale: Tensor, control: readonly Node[] = []): Node =>
  value.node.graph.add('ResourceApplyGradientDescent', [handle(value.node.graph, variable), scale, value], {
    attributes: { T: { type: variable.dtype }, use_locking: { bool: false } },
    control,
  });

/** A node that runs after the given ones and does nothing itself. */
export const barrier = (graph: Graph, nodes: readonly Node[]): Node => graph.add('NoOp', [], { control: nodes });

/** Rows of a resident variable by int32 indices; the caller checks their range (a GPU returns zeros beyond it). */
export function gatherRows(variable: Variable, indices: Tensor): Tensor {
  const graph = indices.node.graph;
  return first(
    graph.add('ResourceGather', [handle(graph, variable), indices], {
      attributes: {
        dtype: { type: variable.dtype },
        Tindices: { type: 'int32' },
        batch_dims: { int: 0 },
        validate_indices: { bool: true },
      },
      outputs: [{ slot: 'output', dtype: variable.dtype, shape: [...indices.shape, ...variable.shape.slice(1)] }],
    }),
  );
}
