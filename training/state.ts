import { elements, first, type Graph, type Node, type Shape, type Tensor } from './graph/graph';
import { concat, reshape } from './graph/ops/array';
import { constant } from './graph/ops/constant';
import { assign, readAfter, type Variable } from './graph/ops/variable';
import { writeSafetensorsHeader } from './weights/safetensors-header';

/** Where the float32 values of each variable lie in a safetensors file (github.com/huggingface/safetensors). */
export interface StateLayout {
  /** The file up to the first value: the length of the JSON header, the header. */
  header: Uint8Array;
  tensors: { name: string; shape: Shape; offset: number; bytes: number }[];
  /** Of the whole file. */
  bytes: number;
}

/**
 * The layout of variables in their order. Names are kept, but for a prefix that is cut off.
 * Filters are [k, k, in, out] and matrices [in, out], as TensorFlow has them; `layout` in the header says so.
 */
export function stateLayout(variables: readonly Variable[], prefix = ''): StateLayout {
  const named = variables.map(({ name, shape }) => ({ name: name.slice(prefix.length), shape }));
  const { header, places, bytes } = writeSafetensorsHeader({ layout: 'tensorflow' }, named);
  return {
    header,
    tensors: places.map((place, at) => ({ ...(named[at] as (typeof named)[number]), ...place })),
    bytes,
  };
}

/** All values in the layout's order, one after the other: [sum of elements] float32. */
export function flatState(graph: Graph, variables: readonly Variable[]): Tensor {
  return concat(
    variables.map((variable) => reshape(readAfter(graph, variable, []), [elements(variable.shape)])),
    0,
  );
}

/** Assigns the variables from a file of the layout. @param path string scalar */
export function restoreState(variables: readonly Variable[], layout: StateLayout, path: Tensor): Node[] {
  const graph = path.node.graph;
  const contents = readFile(path);
  return variables.map((variable, position) => {
    const { offset, bytes } = layout.tensors[position] as StateLayout['tensors'][number];
    const piece = first(
      graph.add('Substr', [contents, constant(graph, 'int32', [offset]), constant(graph, 'int32', [bytes])], {
        attributes: { T: { type: 'int32' }, unit: { text: 'BYTE' } },
        outputs: [{ slot: 'output', dtype: 'string', shape: [] }],
      }),
    );
    return assign(variable, reshape(decodeRaw(piece, 'float32'), variable.shape));
  });
}

/** The bytes of a file. @param path string scalar */
export const readFile = (path: Tensor): Tensor =>
  first(path.node.graph.add('ReadFile', [path], { outputs: [{ slot: 'contents', dtype: 'string', shape: [] }] }));

/** Bytes as little-endian numbers: [n]. */
export const decodeRaw = (contents: Tensor, dtype: 'float32' | 'uint8'): Tensor =>
  first(
    contents.node.graph.add('DecodeRaw', [contents], {
      attributes: { out_type: { type: dtype }, little_endian: { bool: true } },
      outputs: [{ slot: 'output', dtype, shape: [-1] }],
    }),
  );
