import type { Graph, Tensor } from '../graph/graph';
import { constant } from '../graph/ops/constant';
import { batchMatmul } from '../graph/ops/matmul';
import { reshape } from '../graph/ops/array';
import { add, multiply } from '../graph/ops/elementwise';
import { perImage } from './draws';

/** Share of red, green and blue in an image's grey, as torchvision's rgb_to_grayscale has them. */
export const lumaWeights = [0.2989, 0.587, 0.114] as const;

const identity = (graph: Graph) => constant(graph, 'float32', [1, 0, 0, 0, 1, 0, 0, 0, 1], [3, 3]);
const toGrey = (graph: Graph) => constant(graph, 'float32', [...lumaWeights, ...lumaWeights, ...lumaWeights], [3, 3]);

/** colour * x + grey * luma(x) for each image. @param x [B, 3, H, W]; colour and grey [B] */
export function blendWithGrey(x: Tensor, colour: Tensor, grey: Tensor): Tensor {
  const graph = x.node.graph;
  const [b, , h, w] = x.shape as [number, number, number, number];
  const matrices = add(multiply(perImage(colour, 3), identity(graph)), multiply(perImage(grey, 3), toGrey(graph)));
  return reshape(batchMatmul(matrices, reshape(x, [b, 3, h * w])), x.shape);
}
