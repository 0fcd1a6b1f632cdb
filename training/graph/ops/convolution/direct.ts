import { first, size, type Attribute, type Shape, type Tensor } from '../../graph';
import { pad, shapeOf, slice } from '../array';
import { int32s } from '../constant';

type Padding = 'SAME' | 'VALID';

/** TensorFlow's own convolution, with its own gradients. Parameters as of conv2d. */
export function directConvolution(x: Tensor, filter: Tensor, stride: number): Tensor {
  const border = [size(filter, 0) >> 1, size(filter, 0) >> 1] as const;
  if (border[0] === 0) return convolve(x, filter, stride, 'VALID');
  // With a stride, SAME has one zero less before an even length. EXPLICIT would skip oneDNN in the gradients (five times
  // slower in bf16).
  const same = stride === 1 || (size(x, 1) % stride === 1 && size(x, 2) % stride === 1);
  if (same) return convolve(x, filter, stride, 'SAME');
  return convolve(pad(x, [[0, 0], border, border, [0, 0]]), filter, stride, 'VALID');
}

function convolve(x: Tensor, filter: Tensor, stride: number, padding: Padding): Tensor {
  const reach = padding === 'SAME' ? 1 : size(filter, 0);
  const map = (length: number) => Math.floor((length - reach) / stride) + 1;
  const operation = { stride, padding };
  const y = node('Conv2D', [x, filter], [size(x, 0), map(size(x, 1)), map(size(x, 2)), size(filter, 3)], operation);
  y.node.gradient = ([dy]) => {
    if (!dy) return [null, null];
    const inputSizes = x.shape.includes(-1) ? shapeOf(x) : int32s(x.node.graph, [...x.shape]);
    const filterSizes = int32s(x.node.graph, [...filter.shape]);
    return [
      node('Conv2DBackpropInput', [inputSizes, filter, dy], x.shape, operation),
      node('Conv2DBackpropFilter', [x, filterSizes, dy], filter.shape, operation),
    ];
  };
  return y;
}

function node(op: string, inputs: Tensor[], shape: Shape, options: { stride: number; padding: Padding }): Tensor {
  const dtype = (inputs.at(-1) as Tensor).dtype;
  const attributes: Record<string, Attribute> = {
    T: { type: dtype },
    strides: { ints: [1, options.stride, options.stride, 1] },
    padding: { text: options.padding },
    data_format: { text: 'NHWC' },
    use_cudnn_on_gpu: { bool: true },
    explicit_paddings: { ints: [] },
    dilations: { ints: [1, 1, 1, 1] },
  };
  const { graph } = (inputs[0] as Tensor).node;
  return first(graph.add(op, inputs, { attributes, outputs: [{ slot: 'output', dtype, shape }] }));
}

/** d loss / d x of a 3x3 convolution with a stride, whose zeros were put around x. */
export function gradientByInput(dy: Tensor, filter: Tensor, x: Tensor, stride: number): Tensor {
  const [n, h, w, c] = x.shape as readonly [number, number, number, number];
  const padded = [n, h + 2, w + 2, c];
  const sizes = int32s(dy.node.graph, padded);
  const whole = node('Conv2DBackpropInput', [sizes, filter, dy], padded, { stride, padding: 'VALID' });
  return slice(whole, [0, 1, 1, 0], x.shape);
}
