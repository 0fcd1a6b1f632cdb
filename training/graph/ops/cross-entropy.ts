import { size, type Tensor } from '../graph';
import { reshape } from './array';
import { multiply } from './elementwise';

/**
 * Softmax cross-entropy of each row against its class.
 *
 * @param logits [N, classes] float32
 * @param labels [N] int32
 * @returns [N] float32
 */
export function crossEntropy(logits: Tensor, labels: Tensor): Tensor {
  const node = logits.node.graph.add('SparseSoftmaxCrossEntropyWithLogits', [logits, labels], {
    attributes: { T: { type: 'float32' }, Tlabels: { type: 'int32' } },
    outputs: [
      { slot: 'loss', dtype: 'float32', shape: [size(logits, 0)] },
      { slot: 'backprop', dtype: 'float32', shape: logits.shape },
    ],
  });
  const [loss, byLogits] = node.outputs as [Tensor, Tensor];
  node.gradient = ([dy]) => [dy ? multiply(byLogits, reshape(dy, [-1, 1])) : null, null];
  return loss;
}
