import { size, type Tensor } from '../../graph';
import { gather, reshape, transpose } from '../array';
import { constant, int32s } from '../constant';
import { cast } from '../elementwise';
import { matmul } from '../matmul';

const pixels = [0, 1, 2, 3] as const;

/** Which of the 3x3 weights joins a pixel of a 2x2 map with a pixel of its convolution. */
const tap = (from: number, to: number) => ((from >> 1) - (to >> 1) + 1) * 3 + (from & 1) - (to & 1) + 1;

/**
 * A 3x3 convolution of a 2x2 map as one matrix product: every output pixel sees all four, so that it takes 16 products
 * of channels where patches would take 36, most of them with zeros. Parameters as of conv2d.
 */
export function convolutionOfWholeMap(x: Tensor, filter: Tensor): Tensor {
  const [ci, co] = [size(filter, 2), size(filter, 3)];
  const matrix = filter.node.graph.once(`whole map ${filter.node.id}`, () => wholeMap(filter));
  return reshape(matmul(reshape(x, [-1, 4 * ci]), matrix), [size(x, 0), 2, 2, co]);
}

/** [3, 3, C, O] -> [4 C, 4 O] */
function wholeMap(filter: Tensor): Tensor {
  const [ci, co] = [size(filter, 2), size(filter, 3)];
  const { graph } = filter.node;
  const rows = pixels.flatMap((from) =>
    Array.from({ length: ci }, (_, channel) => pixels.map((to) => tap(from, to) * ci + channel)).flat(),
  );
  const matrix = reshape(gather(reshape(filter, [9 * ci, co]), int32s(graph, rows), 0), [4 * ci, 4 * co]);
  matrix.node.operands = [filter];
  matrix.node.gradient = ([d]) => {
    if (!d) return [null];
    const pairs = reshape(transpose(reshape(d, [4, ci, 4, co]), [0, 2, 1, 3]), [16, ci * co]);
    const belongs = Array.from({ length: 9 }, (_, weight) =>
      pixels.flatMap((from) => pixels.map((to) => (tap(from, to) === weight ? 1 : 0))),
    ).flat();
    return [reshape(matmul(cast(constant(graph, 'float32', belongs, [9, 16]), d.dtype), pairs), filter.shape)];
  };
  return matrix;
}
