import { first, size, type Tensor } from '../graph';
import { pad, slice } from './array';
import { relu, reluGradient } from './relu';

/**
 * Max-pooling of relu(x) with a 3x3 window, stride 2 and a border of 1, as torch's MaxPool2d(3, 2, 1) after its ReLU. The border is
 * zero, which is equal for what is not negative. A window whose maximum is 0 has no gradient, so that the ReLU's is taken
 * of the pooled map, a quarter of the other.
 *
 * @param x [N, H, W, C] -> [N, (H + 1) / 2, (W + 1) / 2, C], rounded down
 */
export function maxPoolOfRelu(x: Tensor): Tensor {
  const graph = x.node.graph;
  const padded = pad(relu(x), [
    [0, 0],
    [1, 1],
    [1, 1],
    [0, 0],
  ]);
  const attributes = {
    T: { type: x.dtype },
    ksize: { ints: [1, 3, 3, 1] },
    strides: { ints: [1, 2, 2, 1] },
    padding: { text: 'VALID' },
    data_format: { text: 'NHWC' },
    explicit_paddings: { ints: [] },
  };
  const map = (length: number) => Math.floor((length - 1) / 2) + 1;
  const shape = [size(x, 0), map(size(x, 1)), map(size(x, 2)), size(x, 3)];
  const y = first(graph.add('MaxPool', [padded], { attributes, outputs: [{ slot: 'output', dtype: x.dtype, shape }] }));
  y.node.operands = [x];
  y.node.gradient = ([dy]) => {
    if (!dy) return [null];
    const outputs = [{ slot: 'output', dtype: x.dtype, shape: padded.shape }];
    const whole = first(graph.add('MaxPoolGrad', [padded, y, reluGradient(dy, y)], { attributes, outputs }));
    return [slice(whole, [0, 1, 1, 0], x.shape)];
  };
  return y;
}
