import { size, type Tensor } from '../../graph';
import { concat, reshape, slice, transpose } from '../array';
import { constant } from '../constant';
import { add } from '../elementwise';
import { batchMatmul, matmul } from '../matmul';
import { tiling, type Tiling } from './tiling';

/** Weights and a part of a batch beyond which neither stays in a core's cache, and the batch that is taken whole. Bytes. */
const cached = { weights: 3 * 2 ** 20, part: 2 * 2 ** 20, whole: 8 * 2 ** 20 };

/** Each adds its operations to the graph. */
const mostParts = 16;

/**
 * A 3x3 convolution with stride 1 in fewer multiplications: tiles of the map and the filter are taken to points, where one
 * product of channels each is left, and the products back to pixels (Winograd's; Lavin and Gray 2016). Large maps of few
 * channels go in parts of the batch. Parameters as of conv2d, in float32: bfloat16's eight bits would not do.
 */
export function convolutionByWinograd(x: Tensor, filter: Tensor): Tensor {
  if (x.dtype !== 'float32') throw new Error(`Winograd's convolution is for float32, not for ${x.dtype}`);
  const points = new Points(tiling(size(x, 1)), tiling(size(x, 2)), filter);
  const images = points.imagesOfPart(size(x, 0));
  const parts = inParts(x, images).map((part) => {
    const input = points.ofInput(part);
    return { input, output: points.convolved(input) };
  });
  const y = concat(
    parts.map(({ output }) => output),
    0,
  );
  y.node.operands = [x, filter];
  y.node.gradient = ([dy]) => {
    if (!dy) return [null, null];
    const upstream = inParts(dy, images).map((part) => points.ofUpstream(part));
    const byPoint = upstream.map((part, at) => batchMatmul(parts[at]!.input, part, true));
    return [
      concat(
        upstream.map((part) => points.gradientByInput(part)),
        0,
      ),
      points.gradientByFilter(byPoint),
    ];
  };
  return y;
}

/** @param images of a part, the last one's rest; -1: all in one */
function inParts(x: Tensor, images: number): Tensor[] {
  const [batch, ...map] = x.shape as [number, number, number, number];
  if (images === -1 || images >= batch) return [x];
  return Array.from({ length: Math.ceil(batch / images) }, (_, at) =>
    slice(x, [at * images, 0, 0, 0], [Math.min(images, batch - at * images), ...map]),
  );
}

/** Tensors at the points of all tiles: [tiles down, points, tiles across * N, channels]. */
class Points {
  private readonly count: number;
  /** [points, C, O] */
  private readonly weights: Tensor;

  constructor(
    private readonly rows: Tiling,
    private readonly columns: Tiling,
    private readonly filter: Tensor,
  ) {
    this.count = rows.points * columns.points;
    this.weights = filter.node.graph.once(`winograd ${filter.node.id} ${rows.points} ${columns.points}`, () =>
      reshape(matmul(this.ofFilter(), reshape(filter, [9, -1])), [1, this.count, size(filter, 2), size(filter, 3)]),
    );
  }

  imagesOfPart(batch: number): number {
    const { rows, columns, count, filter } = this;
    const image = 4 * rows.tiles * columns.tiles * count * size(filter, 2);
    const large = batch * image > cached.whole && 4 * count * size(filter, 2) * size(filter, 3) <= cached.weights;
    return large ? Math.max(Math.ceil(cached.part / image), Math.ceil(batch / mostParts)) : -1;
  }

  ofInput(x: Tensor): Tensor {
    return this.fromPixels(x, 'input', false);
  }

  ofUpstream(dy: Tensor): Tensor {
    return this.fromPixels(dy, 'output', true);
  }

  convolved(input: Tensor): Tensor {
    return this.toPixels(batchMatmul(input, this.weights), 'output', false);
  }

  gradientByInput(upstream: Tensor): Tensor {
    return this.toPixels(batchMatmul(upstream, this.weights, false, true), 'input', true);
  }

  /** @param parts [tiles down, points, C, O] */
  gradientByFilter(parts: readonly Tensor[]): Tensor {
    const length = this.count * size(this.filter, 2) * size(this.filter, 3);
    const tiles = parts.flatMap((part) => {
      const lines = reshape(part, [this.rows.tiles, length]);
      return Array.from({ length: this.rows.tiles }, (_, tile) => slice(lines, [tile, 0], [1, length]));
    });
    const sum = reshape(
      tiles.reduce((a, b) => add(a, b)),
      [this.count, -1],
    );
    return reshape(matmul(this.ofFilter(), sum, true), this.filter.shape);
  }

  /** [points, 9] */
  private ofFilter(): Tensor {
    const { rows, columns } = this;
    const { graph } = this.filter.node;
    return graph.once(`winograd filter ${rows.length} ${columns.length}`, () => {
      const products = rows.filter.flatMap((down) =>
        columns.filter.flatMap((across) => down.flatMap((a) => across.map((b) => a * b))),
      );
      return constant(graph, 'float32', products, [this.count, 9]);
    });
  }

  /** Transposed, the gradient of toPixels. */
  private fromPixels(of: Tensor, side: 'input' | 'output', transposed: boolean): Tensor {
    const { rows, columns } = this;
    const channels = size(of, 3);
    const pixels = transpose(reshape(of, [-1, rows.length * columns.length, channels]), [1, 0, 2]);
    const down = matmul(this.matrix('rows', side), reshape(pixels, [rows.length, -1]), transposed);
    const lines = reshape(down, [rows.tiles * rows.points, columns.length, -1]);
    const both = batchMatmul(this.matrix('columns', side), lines, transposed);
    return reshape(both, [rows.tiles, this.count, -1, channels]);
  }

  private toPixels(of: Tensor, side: 'input' | 'output', transposed: boolean): Tensor {
    const { rows, columns } = this;
    const channels = size(of, 3);
    const points = reshape(of, [rows.tiles * rows.points, columns.points * columns.tiles, -1]);
    const across = batchMatmul(this.matrix('columns', side), points, transposed);
    const both = matmul(this.matrix('rows', side), reshape(across, [rows.tiles * rows.points, -1]), transposed);
    const pixels = transpose(reshape(both, [rows.length * columns.length, -1, channels]), [1, 0, 2]);
    return reshape(pixels, [-1, rows.length, columns.length, channels]);
  }

  /** input: [points of all tiles, pixels]; output: [pixels, points of all tiles]. Rows have the tile first, columns the point. */
  private matrix(axis: 'rows' | 'columns', side: 'input' | 'output'): Tensor {
    const { graph } = this.filter.node;
    const { length, points, tiles, [side]: value } = this[axis];
    return graph.once(`winograd ${axis} ${side} ${length}`, () => {
      const places = Array.from({ length: points * tiles }, (_, at): [number, number] =>
        axis === 'rows' ? [Math.floor(at / points), at % points] : [at % tiles, Math.floor(at / tiles)],
      );
      const lines = Array.from({ length }, (_, pixel) => places.map(([tile, point]) => value(pixel, tile, point)));
      const values =
        side === 'input' ? places.flatMap((_, at) => lines.map((line) => line[at] as number)) : lines.flat();
      const shape = side === 'input' ? [places.length, length] : [length, places.length];
      return constant(graph, 'float32', values, axis === 'rows' ? shape : [1, ...shape]);
    });
  }
}
