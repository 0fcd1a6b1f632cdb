import { first, type Tensor } from '../graph/graph';
import { concat, reshape, slice } from '../graph/ops/array';
import {
  abs,
  add,
  divide,
  floor,
  greaterEqual,
  maximum,
  minimum,
  multiply,
  scalar,
  subtract,
  where,
} from '../graph/ops/elementwise';
import { perImage } from './draws';

/** Below this a pixel is grey: its hue is whatever, and nothing is divided by zero. */
const grey = 1e-12;

/**
 * Colours turned around the circle of HSV, as torchvision's adjust_hue: value and saturation stay.
 *
 * @param x [B, 3, H, W] in 0..1
 * @param turn [B], fraction of the circle
 */
export function turnHue(x: Tensor, turn: Tensor): Tensor {
  const [b, , h, w] = x.shape as [number, number, number, number];
  const planes = reshape(x, [b, 3, h * w]);
  const plane = (channel: number) => reshape(slice(planes, [0, channel, 0], [b, 1, h * w]), [b, h * w]);
  const [red, green, blue] = [plane(0), plane(1), plane(2)];
  const high = maximum(maximum(red, green), blue);
  const low = minimum(minimum(red, green), blue);
  const chroma = subtract(high, low);
  // Hue in sixths of the circle, times the chroma: 0 at red, 2 at green, 4 at blue.
  const sector = where(
    greaterEqual(red, high),
    subtract(green, blue),
    where(
      greaterEqual(green, high),
      add(subtract(blue, red), multiply(chroma, 2)),
      add(subtract(red, green), multiply(chroma, 4)),
    ),
  );
  const turned = add(divide(sector, maximum(multiply(chroma, 6), grey)), perImage(turn, 2));
  const hue = multiply(subtract(turned, floor(turned)), 36);
  // A channel is at its height for a third of the circle around its own hue, at its low around the opposite one, and
  // changes linearly between them. In units of sixths of the chroma, which relu6 holds between both.
  const share = multiply(chroma, 1 / 6);
  const channel = (part: Tensor) => reshape(add(multiply(relu6(part), share), low), [b, 1, h * w]);
  const around = (centre: number) => abs(subtract(hue, centre));
  const redPart = subtract(around(18), 6);
  const greenPart = subtract(scalar(hue, 12), around(12));
  const bluePart = subtract(scalar(hue, 12), around(24));
  return reshape(concat([channel(redPart), channel(greenPart), channel(bluePart)], 1), x.shape);
}

/** Held in 0..6 in one pass over the memory. */
const relu6 = (x: Tensor): Tensor =>
  first(
    x.node.graph.add('Relu6', [x], {
      attributes: { T: { type: 'float32' } },
      outputs: [{ slot: 'activations', dtype: 'float32', shape: x.shape }],
    }),
  );
