import { elements, first, type DType, type Graph, type Shape, type Tensor } from '../graph';

type NumberType = 'float32' | 'int32' | 'bool' | 'uint64' | 'int64';

function encode(dtype: NumberType, values: readonly number[]): Uint8Array {
  const array =
    dtype === 'float32'
      ? Float32Array.from(values)
      : dtype === 'int32'
        ? Int32Array.from(values)
        : dtype === 'bool'
          ? Uint8Array.from(values)
          : BigInt64Array.from(values, BigInt);
  return new Uint8Array(array.buffer);
}

/** A constant tensor; equal constants of one graph are one node. */
export function constant(graph: Graph, dtype: NumberType, values: readonly number[], shape: Shape = []): Tensor {
  if (elements(shape) !== values.length)
    throw new Error(`a constant of shape [${shape.join(', ')}] takes ${elements(shape)} values, not ${values.length}`);
  return graph.once(`constant ${dtype} ${shape.join(',')} ${values.join(',')}`, () =>
    first(
      graph.add('Const', [], {
        attributes: { dtype: { type: dtype }, value: { constant: { dtype, shape, bytes: encode(dtype, values) } } },
        outputs: [{ slot: 'output', dtype, shape }],
      }),
    ),
  );
}

/** A float32 constant of its own name, from little-endian bytes: a weight. */
export function storedConstant(graph: Graph, name: string, shape: Shape, bytes: Uint8Array): Tensor {
  if (bytes.length !== 4 * elements(shape))
    throw new Error(`${name} of shape [${shape.join(', ')}] takes ${4 * elements(shape)} bytes, not ${bytes.length}`);
  const dtype = 'float32';
  return first(
    graph.add('Const', [], {
      name,
      attributes: { dtype: { type: dtype }, value: { constant: { dtype, shape, bytes } } },
      outputs: [{ slot: 'output', dtype, shape }],
    }),
  );
}

/** An int32 vector: shapes, axes, paddings, indices. */
export const int32s = (graph: Graph, values: readonly number[]): Tensor =>
  constant(graph, 'int32', values, [values.length]);

export const float32 = (graph: Graph, value: number): Tensor => constant(graph, 'float32', [value]);

/** Zeros (or another value) of a known shape, made when the program runs. */
export function fill(graph: Graph, shape: Shape, value: number): Tensor {
  return first(
    graph.add('Fill', [int32s(graph, [...shape]), float32(graph, value)], {
      attributes: { T: { type: 'float32' }, index_type: { type: 'int32' } },
      outputs: [{ slot: 'output', dtype: 'float32' satisfies DType, shape }],
    }),
  );
}
