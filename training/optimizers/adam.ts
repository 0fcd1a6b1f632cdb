import type { Optimizer } from '../../experiment/optimizers';
import { multiply, power, scalar, sqrt, subtract } from '../graph/ops/elementwise';
import { handle, type Variable } from '../graph/ops/variable';
import type { UpdateRule } from './optimizer';
import { decayWeight, withWeightDecay } from './weight-decay';

/**
 * Adam (Kingma & Ba 2015, algorithm 1) with L2 regularization, as torch.optim.Adam, or AdamW with decoupled weight decay,
 * as torch.optim.AdamW.
 */
export function adam(options: Extract<Optimizer, { name: 'adam' | 'adamw' }>): UpdateRule {
  const decoupled = options.name === 'adamw';
  return {
    slots: ['adam.first', 'adam.second'],
    update(weight, [first, second], gradient, { learningRate, step }, control) {
      const graph = gradient.node.graph;
      const like = (value: number) => scalar(learningRate, value);
      const firstPower = power(like(options.beta1), step);
      const secondPower = power(like(options.beta2), step);
      // TensorFlow adds epsilon to the root before its bias correction, torch after.
      const epsilon = multiply(sqrt(subtract(like(1), secondPower)), options.epsilon);
      return graph.add(
        'ResourceApplyAdam',
        [
          ...[weight, first as Variable, second as Variable].map((variable) => handle(graph, variable)),
          firstPower,
          secondPower,
          learningRate,
          like(options.beta1),
          like(options.beta2),
          epsilon,
          decoupled ? gradient : withWeightDecay(gradient, weight, options),
        ],
        {
          attributes: { T: { type: 'float32' }, use_locking: { bool: false }, use_nesterov: { bool: false } },
          control: decoupled ? decayWeight(weight, options, learningRate, control) : control,
        },
      );
    },
  };
}
