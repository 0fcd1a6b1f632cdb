import type { Augmentation } from '../../experiment/augmentation';
import { size, type Tensor } from '../graph/graph';
import { reshape } from '../graph/ops/array';
import { constant } from '../graph/ops/constant';
import { divide, exp, multiply, negate, square, where } from '../graph/ops/elementwise';
import { matmul } from '../graph/ops/matmul';
import { sum } from '../graph/ops/reduction';
import { applies, between, drawn, perImage } from './draws';
import type { Resampling } from './resampling';

type Options = Extract<Augmentation, { op: 'gaussian-blur' }>;

/** Whether it is applied; sigma. */
export const draws = 2;

/** A Gaussian blur with the border reflected, as torchvision's. @param u [B, draws] */
export function resampling(u: Tensor, [height, width]: readonly [number, number], options: Options): Resampling {
  const taps = kernelTaps(u, options);
  return { rows: bands(taps, height), columns: bands(taps, width) };
}

/** The kernel's weights from its centre outwards, [B, (kernel + 1) / 2]; 1, 0, 0 ... where it is not applied. */
function kernelTaps(u: Tensor, { p, kernel, sigma }: Options): Tensor {
  const graph = u.node.graph;
  const count = (kernel + 1) / 2;
  const distances = Array.from({ length: count }, (_, at) => at);
  const scaled = divide(constant(graph, 'float32', distances, [1, count]), perImage(between(drawn(u, 1), sigma), 2));
  const density = exp(multiply(negate(square(scaled)), 0.5));
  // Each but the central weight stands on both sides.
  const sides = constant(
    graph,
    'float32',
    distances.map((at) => (at === 0 ? 1 : 2)),
    [1, count],
  );
  const weights = divide(density, sum(multiply(density, sides), [1], true));
  const none = constant(
    graph,
    'float32',
    distances.map((at) => (at === 0 ? 1 : 0)),
    [1, count],
  );
  return where(perImage(applies(drawn(u, 0), p), 2), weights, none);
}

/** The kernel as a matrix over a line of pixels, what reaches over the border folded back: [B, length, length]. */
function bands(taps: Tensor, length: number): Tensor {
  const count = size(taps, 1);
  if (count > length)
    throw new Error(
      `gaussian-blur with a kernel of ${2 * count - 1} pixels does not fit images of ${length} pixels: it would reach ` +
        `over a border that is folded back once. Use an odd kernel of at most ${2 * length - 1}.`,
    );
  const { graph } = taps.node;
  const basis = graph.once(`bands of ${count} over ${length}`, () =>
    constant(graph, 'float32', basisOfBands(count, length), [count, length * length]),
  );
  return reshape(matmul(taps, basis), [size(taps, 0), length, length]);
}

/** Of each weight, from the centre outwards, the matrix that it stands in: [count, length * length]. */
function basisOfBands(count: number, length: number): number[] {
  const basis = new Array<number>(count * length * length).fill(0);
  const fold = (at: number) => (at < 0 ? -at : at >= length ? 2 * (length - 1) - at : at);
  for (let row = 0; row < length; row++)
    for (let offset = 1 - count; offset < count; offset++) {
      const at = (Math.abs(offset) * length + row) * length + fold(row + offset);
      basis[at] = (basis[at] as number) + 1;
    }
  return basis;
}
