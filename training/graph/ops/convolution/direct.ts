import { first, size, type Attribute, type Shape, type Tensor } from '../../graph';
import { pad, shapeOf, slice } from '../array';
import { int32s } from '../constant';

/** SAME: TensorFlow puts the zeros around x; a border of so many, on every side: they lie around it already. */
type Padding = 'SAME' | number;

/** TensorFlow's own convolution, with its own gradients. Parameters as of conv2d. */
export function directConvolution(x: Tensor, filter: Tensor, stride: number): Tensor {
  const padding = paddingOf(x, filter, stride);
  const seen = padded(x, padding);
  const map = x.shape.slice(1, 3).map((length) => Math.ceil(length / stride));
  const y = node('Conv2D', [seen, filter], [size(x, 0), ...map, size(filter, 3)], stride, padding);
  y.node.operands = [x, filter];
  y.node.gradient = ([dy]) => {
    if (!dy) return [null, null];
    return [gradientByInput(dy, filter, x, stride), nodeByFilter(seen, filter.shape, dy, stride, padding)];
  };
  return y;
}

/** d loss / d x by TensorFlow's own operation. */
export function gradientByInput(dy: Tensor, filter: Tensor, x: Tensor, stride: number): Tensor {
  const padding = paddingOf(x, filter, stride);
  const border = padding === 'SAME' ? 0 : padding;
  const shape = x.shape.map((length, axis) => (axis === 1 || axis === 2 ? length + 2 * border : length));
  const sizes = shape.includes(-1) ? shapeOf(padded(x, padding)) : int32s(x.node.graph, shape);
  const whole = node('Conv2DBackpropInput', [sizes, filter, dy], shape, stride, padding);
  return border === 0 ? whole : slice(whole, [0, border, border, 0], x.shape);
}

/** d loss / d filter by TensorFlow's own operation. @param seen x with its border */
export function nodeByFilter(seen: Tensor, filter: Shape, dy: Tensor, stride: number, padding: Padding): Tensor {
  const sizes = int32s(dy.node.graph, [...filter]);
  return node('Conv2DBackpropFilter', [seen, sizes, dy], filter, stride, padding);
}

function paddingOf(x: Tensor, filter: Tensor, stride: number): Padding {
  const border = size(filter, 0) >> 1;
  // With a stride, SAME has one zero less before an even length. EXPLICIT would skip oneDNN in the gradients (five times
  // slower in bf16).
  const same = stride === 1 || (size(x, 1) % stride === 1 && size(x, 2) % stride === 1);
  return border > 0 && same ? 'SAME' : border;
}

function padded(x: Tensor, padding: Padding): Tensor {
  if (padding === 'SAME' || padding === 0) return x;
  const both = [padding, padding] as const;
  return pad(x, [[0, 0], both, both, [0, 0]]);
}

function node(op: string, inputs: Tensor[], shape: Shape, stride: number, padding: Padding): Tensor {
  const dtype = (inputs.at(-1) as Tensor).dtype;
  const attributes: Record<string, Attribute> = {
    T: { type: dtype },
    strides: { ints: [1, stride, stride, 1] },
    padding: { text: padding === 'SAME' ? padding : 'VALID' },
    data_format: { text: 'NHWC' },
    use_cudnn_on_gpu: { bool: true },
    explicit_paddings: { ints: [] },
    dilations: { ints: [1, 1, 1, 1] },
  };
  const { graph } = (inputs[0] as Tensor).node;
  return first(graph.add(op, inputs, { attributes, outputs: [{ slot: 'output', dtype, shape }] }));
}
