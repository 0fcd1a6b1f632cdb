import { first, type DType, type Tensor } from '../graph';
import { greater, scalar, where } from './elementwise';

/** max(x, 0) */
export function relu(x: Tensor): Tensor {
  const y = onCpuInBf16(x) && x.node.op === 'AddV2' ? reluOfBits(x) : reluOf(x);
  y.node.operands = [x];
  y.node.gradient = ([dy]) => [dy ? reluGradient(dy, y) : null];
  return y;
}

/** d loss / d x of y = relu(x). */
export function reluGradient(dy: Tensor, y: Tensor): Tensor {
  // TensorFlow's own takes a branch for each number of bfloat16: where they are many, a selection takes a third of the time.
  if (onCpuInBf16(y) && y.shape.reduce((product, length) => product * length) >= 2 ** 17)
    return where(greater(y, 0), dy, scalar(y, 0));
  return first(
    y.node.graph.add('ReluGrad', [dy, y], {
      attributes: { T: { type: y.dtype } },
      outputs: [{ slot: 'backprops', dtype: y.dtype, shape: y.shape }],
    }),
  );
}

const onCpuInBf16 = ({ dtype, node }: Tensor): boolean => dtype === 'bfloat16' && node.graph.device === 'cpu';

const reluOf = (x: Tensor): Tensor =>
  first(
    x.node.graph.add('Relu', [x], {
      attributes: { T: { type: x.dtype } },
      outputs: [{ slot: 'activations', dtype: x.dtype, shape: x.shape }],
    }),
  );

/** The same of bfloat16 as whole numbers of its bits, which have its sign: without the way to float32 and back. */
const reluOfBits = (x: Tensor): Tensor => bitcast(reluOf(bitcast(x, 'int16')), x.dtype);

const bitcast = (x: Tensor, dtype: DType): Tensor =>
  first(
    x.node.graph.add('Bitcast', [x], {
      attributes: { T: { type: x.dtype }, type: { type: dtype } },
      outputs: [{ slot: 'output', dtype, shape: x.shape }],
    }),
  );
