import { first, size, type Graph, type Node, type Tensor } from './graph/graph';
import { reshape, stack, transpose } from './graph/ops/array';
import { constant, int32s } from './graph/ops/constant';
import { cast, divide, multiply, subtract } from './graph/ops/elementwise';
import { gatherRows, handle, type Variable } from './graph/ops/variable';
import { decodeRaw, readFile } from './state';

/** What a program knows of its images: size in pixels, and the normalization of each channel on a 0..1 scale. */
export interface ImageFormat {
  height: number;
  width: number;
  channels: number;
  mean: readonly number[];
  std: readonly number[];
}

/** The dataset that stays in the program's memory: [N, H, W, C] uint8. */
const residentImages = ({ height, width, channels }: ImageFormat): Variable => ({
  name: 'images',
  dtype: 'uint8',
  shape: [-1, height, width, channels],
});

/** Makes room for `count` images (int32 scalar). */
export function allocateImages(format: ImageFormat, count: Tensor): Node {
  const graph = count.node.graph;
  const shape = stack(
    [count, ...[format.height, format.width, format.channels].map((n) => constant(graph, 'int32', [n]))],
    0,
  );
  const zero = cast(constant(graph, 'int32', [0]), 'uint8');
  const zeros = first(
    graph.add('Fill', [shape, zero], {
      attributes: { T: { type: 'uint8' }, index_type: { type: 'int32' } },
      outputs: [{ slot: 'output', dtype: 'uint8', shape: residentImages(format).shape }],
    }),
  );
  const images = residentImages(format);
  return graph.add('AssignVariableOp', [handle(graph, images), zeros], {
    attributes: { dtype: { type: 'uint8' }, validate_shape: { bool: false } },
  });
}

/** Reads a shard (raw uint8 NHWC) into the places `from` .. `to`; int32 scalars. */
export function loadShard(format: ImageFormat, path: Tensor, from: Tensor, to: Tensor): Node {
  const graph = path.node.graph;
  const images = residentImages(format);
  const values = reshape(decodeRaw(readFile(path), 'uint8'), images.shape);
  const masks = ['begin_mask', 'end_mask', 'ellipsis_mask', 'new_axis_mask', 'shrink_axis_mask'];
  return graph.add(
    'ResourceStridedSliceAssign',
    [handle(graph, images), stack([from], 0), stack([to], 0), int32s(graph, [1]), values],
    {
      attributes: {
        T: { type: 'uint8' },
        Index: { type: 'int32' },
        ...Object.fromEntries(masks.map((mask) => [mask, { int: 0 }])),
      },
    },
  );
}

/** Images by their places: [B] int32 -> [B, C, H, W] float32 in 0..1, planes apart as the augmentations want them. */
export const gatherImages = (format: ImageFormat, indices: Tensor): Tensor =>
  planar(format, gatherBytes(format, indices));

/** Images by their places, as they are stored: [n] int32 -> [n, H, W, C] uint8. */
export const gatherBytes = (format: ImageFormat, indices: Tensor): Tensor =>
  gatherRows(residentImages(format), indices);

/** All images of a file, as they are stored: [n, H, W, C] uint8. @param path string scalar, of a file of raw uint8 NHWC */
export const readBytes = (format: ImageFormat, path: Tensor): Tensor =>
  reshape(decodeRaw(readFile(path), 'uint8'), residentImages(format).shape);

/** Stored images as a network sees them without augmentation: [n, H, W, C] uint8 -> float32. */
export function normalizeBytes({ channels, mean, std }: ImageFormat, bytes: Tensor): Tensor {
  const vector = (values: readonly number[]) => constant(bytes.node.graph, 'float32', values, [channels]);
  const pixels = multiply(cast(bytes, 'float32'), 1 / 255);
  return divide(subtract(pixels, vector(mean)), vector(std));
}

function planar({ channels, height, width }: ImageFormat, bytes: Tensor): Tensor {
  const pixels = multiply(cast(bytes, 'float32'), 1 / 255);
  return channels === 1 ? reshape(pixels, [size(bytes, 0), 1, height, width]) : transpose(pixels, [0, 3, 1, 2]);
}

/** [B, C, H, W] in 0..1 -> [B, H, W, C] with mean and standard deviation taken out, as `normalizeBytes` does it. */
export function normalizeImages(format: ImageFormat, planar: Tensor): Tensor {
  const { channels, height, width, mean, std } = format;
  const graph: Graph = planar.node.graph;
  const vector = (values: readonly number[]) => constant(graph, 'float32', values, [channels, 1, 1]);
  const normalized = divide(subtract(planar, vector(mean)), vector(std));
  return channels === 1
    ? reshape(normalized, [planar.shape[0] as number, height, width, 1])
    : transpose(normalized, [0, 2, 3, 1]);
}
