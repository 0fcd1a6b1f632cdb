import { elements, first, size, type DType, type Shape, type Tensor } from '../graph';
import { constant, int32s } from './constant';

/** The same elements in another shape; at most one size may be -1. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  if (shape.length === x.shape.length && shape.every((length, axis) => length === x.shape[axis]) && !shape.includes(-1))
    return x;
  const known = !x.shape.includes(-1);
  const rest = shape.filter((length) => length !== -1).reduce((product, length) => product * length, 1);
  const full = known ? shape.map((length) => (length === -1 ? elements(x.shape) / rest : length)) : shape;
  const y = first(
    x.node.graph.add('Reshape', [x, int32s(x.node.graph, [...shape])], {
      attributes: { T: { type: x.dtype }, Tshape: { type: 'int32' } },
      outputs: [{ slot: 'output', dtype: x.dtype, shape: full }],
    }),
  );
  y.node.gradient = ([dy]) => [dy ? reshape(dy, x.shape) : null, null];
  return y;
}

/** Axes in another order. */
export function transpose(x: Tensor, order: readonly number[]): Tensor {
  const y = first(
    x.node.graph.add('Transpose', [x, int32s(x.node.graph, order)], {
      attributes: { T: { type: x.dtype }, Tperm: { type: 'int32' } },
      outputs: [{ slot: 'y', dtype: x.dtype, shape: order.map((axis) => size(x, axis)) }],
    }),
  );
  y.node.gradient = ([dy]) => [
    dy
      ? transpose(
          dy,
          order.map((_, axis) => order.indexOf(axis)),
        )
      : null,
    null,
  ];
  return y;
}

/** Repeats along dimensions of size 1 until the shape is reached. */
export function broadcastTo(x: Tensor, shape: Shape): Tensor {
  if (x.shape.length === shape.length && x.shape.every((length, axis) => length === shape[axis])) return x;
  return first(
    x.node.graph.add('BroadcastTo', [x, int32s(x.node.graph, [...shape])], {
      attributes: { T: { type: x.dtype }, Tidx: { type: 'int32' } },
      outputs: [{ slot: 'output', dtype: x.dtype, shape }],
    }),
  );
}

/** Zeros around a tensor: `[before, after]` for each dimension. */
export function pad(x: Tensor, amounts: readonly (readonly [number, number])[]): Tensor {
  const shape = x.shape.map((length, axis) =>
    length === -1 ? -1 : length + (amounts[axis]?.[0] ?? 0) + (amounts[axis]?.[1] ?? 0),
  );
  const y = first(
    x.node.graph.add('Pad', [x, constant(x.node.graph, 'int32', amounts.flat(), [x.shape.length, 2])], {
      attributes: { T: { type: x.dtype }, Tpaddings: { type: 'int32' } },
      outputs: [{ slot: 'output', dtype: x.dtype, shape }],
    }),
  );
  y.node.gradient = ([dy]) => [
    dy
      ? slice(
          dy,
          amounts.map(([before]) => before),
          x.shape,
        )
      : null,
    null,
  ];
  return y;
}

/** A block of a tensor; a size of -1 reaches to the end. */
export function slice(x: Tensor, from: readonly number[], lengths: Shape): Tensor {
  const shape = lengths.map((length, axis) =>
    length === -1 && size(x, axis) !== -1 ? size(x, axis) - (from[axis] ?? 0) : length,
  );
  const y = first(
    x.node.graph.add('Slice', [x, int32s(x.node.graph, from), int32s(x.node.graph, [...lengths])], {
      attributes: { T: { type: x.dtype }, Index: { type: 'int32' } },
      outputs: [{ slot: 'output', dtype: x.dtype, shape }],
    }),
  );
  y.node.gradient = ([dy]) => [
    dy
      ? pad(
          dy,
          shape.map((length, axis) => [from[axis] ?? 0, size(x, axis) - length - (from[axis] ?? 0)] as const),
        )
      : null,
    null,
    null,
  ];
  return y;
}

/** One column of a matrix `[rows, columns]`, as `[rows]`. */
export const column = (x: Tensor, position: number): Tensor => reshape(slice(x, [0, position], [-1, 1]), [size(x, 0)]);

/** Joins tensors along an axis. */
export function concat(parts: readonly Tensor[], axis: number): Tensor {
  const [head] = parts;
  if (!head) throw new Error('concat takes at least one tensor');
  if (parts.length === 1) return head;
  const total = parts.reduce(
    (length, part) => (length < 0 || size(part, axis) < 0 ? -1 : length + size(part, axis)),
    0,
  );
  const y = first(
    head.node.graph.add('ConcatV2', [...parts, constant(head.node.graph, 'int32', [axis])], {
      attributes: { T: { type: head.dtype }, N: { int: parts.length }, Tidx: { type: 'int32' } },
      outputs: [
        { slot: 'output', dtype: head.dtype, shape: head.shape.map((length, at) => (at === axis ? total : length)) },
      ],
    }),
  );
  y.node.gradient = ([dy]) => {
    let offset = 0;
    const pieces = parts.map((part) => {
      const from = part.shape.map((_, at) => (at === axis ? offset : 0));
      offset += size(part, axis);
      return dy ? slice(dy, from, part.shape) : null;
    });
    return [...pieces, null];
  };
  return y;
}

/** Equal parts along the first axis, whose length is a multiple of their number. */
export function split(x: Tensor, parts: number): readonly Tensor[] {
  if (parts === 1) return [x];
  const rows = size(x, 0);
  if (rows % parts !== 0) throw new Error(`${rows} rows are not ${parts} equal parts`);
  const part = { slot: 'output', dtype: x.dtype, shape: [rows / parts, ...x.shape.slice(1)] };
  const { graph } = x.node;
  const node = graph.add('Split', [constant(graph, 'int32', [0]), x], {
    attributes: { T: { type: x.dtype }, num_split: { int: parts } },
    outputs: Array.from({ length: parts }, () => part),
  });
  node.gradient = (byPart) => {
    if (!byPart.every((dy) => dy !== null)) throw new Error('a gradient arrives at some parts of a split alone');
    return [null, concat(byPart, 0)];
  };
  return node.outputs;
}

/** Stacks tensors of one shape along a new axis. */
export function stack(parts: readonly Tensor[], axis: number): Tensor {
  const [head] = parts;
  if (!head) throw new Error('stack takes at least one tensor');
  return first(
    head.node.graph.add('Pack', parts, {
      attributes: { T: { type: head.dtype }, N: { int: parts.length }, axis: { int: axis } },
      outputs: [
        {
          slot: 'output',
          dtype: head.dtype,
          shape: [...head.shape.slice(0, axis), parts.length, ...head.shape.slice(axis)],
        },
      ],
    }),
  );
}

/** Entries of `x` along an axis by constant or computed int32 indices. */
export function gather(x: Tensor, indices: Tensor, axis: number): Tensor {
  return first(
    x.node.graph.add('GatherV2', [x, indices, constant(x.node.graph, 'int32', [axis])], {
      attributes: {
        Tparams: { type: x.dtype },
        Tindices: { type: 'int32' },
        Taxis: { type: 'int32' },
        batch_dims: { int: 0 },
      },
      outputs: [
        {
          slot: 'output',
          dtype: x.dtype,
          shape: [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)],
        },
      ],
    }),
  );
}

/** `x` with other rows at some places. @param places [n] int32 @param rows [n, ...the rest of x's shape] */
export function scatterRows(x: Tensor, places: Tensor, rows: Tensor): Tensor {
  return first(
    x.node.graph.add('TensorScatterUpdate', [x, reshape(places, [-1, 1]), rows], {
      attributes: { T: { type: x.dtype }, Tindices: { type: 'int32' } },
      outputs: [{ slot: 'output', dtype: x.dtype, shape: x.shape }],
    }),
  );
}

/** The order along some axes turned round. */
export function reverse(x: Tensor, axes: readonly number[]): Tensor {
  return first(
    x.node.graph.add('ReverseV2', [x, int32s(x.node.graph, axes)], {
      attributes: { T: { type: x.dtype }, Tidx: { type: 'int32' } },
      outputs: [{ slot: 'output', dtype: x.dtype, shape: x.shape }],
    }),
  );
}

/** The shape as an int32 vector, when the program runs. */
export function shapeOf(x: Tensor): Tensor {
  return first(
    x.node.graph.add('Shape', [x], {
      attributes: { T: { type: x.dtype }, out_type: { type: 'int32' } },
      outputs: [{ slot: 'output', dtype: 'int32' satisfies DType, shape: [x.shape.length] }],
    }),
  );
}

/** The same tensor, computed after the given nodes ran. */
export function after(x: Tensor, nodes: readonly Tensor['node'][], name?: string): Tensor {
  return first(
    x.node.graph.add('Identity', [x], {
      ...(name ? { name } : {}),
      attributes: { T: { type: x.dtype } },
      outputs: [{ slot: 'output', dtype: x.dtype, shape: x.shape }],
      control: nodes,
    }),
  );
}
