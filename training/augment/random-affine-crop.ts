import type { Augmentation } from '../../experiment/augmentation';
import { first, type Tensor } from '../graph/graph';
import { reshape, stack, transpose } from '../graph/ops/array';
import { constant, int32s } from '../graph/ops/constant';
import { add, cos, divide, exp, minimum, multiply, scalar, sin, sqrt, subtract } from '../graph/ops/elementwise';
import { between, drawn } from './draws';

type Options = Extract<Augmentation, { op: 'random-affine-crop' }>;

/** Area, ratio, position in x and y, angle, shear. */
export const draws = 6;

/**
 * A window into the image, turned and sheared around its own centre, stretched to the image's size: bilinear between
 * the pixels' centres, black outside of the image.
 *
 * @param x [B, C, H, W]
 * @param u [B, draws]
 */
export function apply(x: Tensor, u: Tensor, options: Options): Tensor {
  const [b, c, h, w] = x.shape as [number, number, number, number];
  const graph = x.node.graph;
  const images = c === 1 ? reshape(x, [b, h, w, 1]) : transpose(x, [0, 2, 3, 1]);
  const sampled = first(
    graph.add(
      'ImageProjectiveTransformV3',
      [images, transforms(u, h, w, options), int32s(graph, [h, w]), constant(graph, 'float32', [0])],
      {
        attributes: {
          dtype: { type: 'float32' },
          interpolation: { text: 'BILINEAR' },
          fill_mode: { text: 'CONSTANT' },
        },
        outputs: [{ slot: 'transformed_images', dtype: 'float32', shape: [b, h, w, c] }],
      },
    ),
  );
  return c === 1 ? reshape(sampled, [b, 1, h, w]) : transpose(sampled, [0, 3, 1, 2]);
}

/** [B, 8]: place in the image = (a0 x + a1 y + a2, b0 x + b1 y + b2) for a place (x, y) of the result. */
function transforms(u: Tensor, height: number, width: number, options: Options): Tensor {
  const area = between(drawn(u, 0), options.scale);
  const ratio = exp(between(drawn(u, 1), [Math.log(options.ratio[0]), Math.log(options.ratio[1])]));
  const angle = between(drawn(u, 4), [-options.degrees * (Math.PI / 180), options.degrees * (Math.PI / 180)]);
  const shear = between(drawn(u, 5), [-options.shear, options.shear]);
  const sx = minimum(sqrt(multiply(multiply(area, ratio), height / width)), 1);
  const sy = minimum(sqrt(multiply(divide(area, ratio), width / height)), 1);
  const [c, s] = [cos(angle), sin(angle)];
  const a0 = multiply(sx, c);
  const b0 = multiply(sx, s);
  const a1 = subtract(multiply(a0, shear), multiply(sy, s));
  const b1 = add(multiply(b0, shear), multiply(sy, c));
  // Between the centres of the outermost pixels: nothing from outside shows unless the window is turned or sheared.
  const shift = (draw: number, scale: Tensor, length: number, byX: Tensor, byY: Tensor) => {
    const free = multiply(subtract(scalar(scale, 1), scale), (length - 1) / 2);
    const place = add(multiply(between(drawn(u, draw), [-1, 1]), free), (length - 1) / 2);
    return subtract(place, add(multiply(byX, (width - 1) / 2), multiply(byY, (height - 1) / 2)));
  };
  const zero = multiply(sx, 0);
  return stack([a0, a1, shift(2, sx, width, a0, a1), b0, b1, shift(3, sy, height, b0, b1), zero, zero], 1);
}
