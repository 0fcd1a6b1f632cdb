import type { Optimizer } from '../../experiment/optimizers';
import { scalar } from '../graph/ops/elementwise';
import { handle, type Variable } from '../graph/ops/variable';
import type { UpdateRule } from './optimizer';
import { withWeightDecay } from './weight-decay';

/** Stochastic gradient descent with momentum (velocity = momentum * velocity + gradient), as torch.optim.SGD. */
export function sgd(options: Extract<Optimizer, { name: 'sgd' }>): UpdateRule {
  return {
    slots: ['sgd.velocity'],
    update(weight, [velocity], gradient, { learningRate }, control) {
      const graph = gradient.node.graph;
      return graph.add(
        'ResourceApplyMomentum',
        [
          handle(graph, weight),
          handle(graph, velocity as Variable),
          learningRate,
          withWeightDecay(gradient, weight, options),
          scalar(learningRate, options.momentum),
        ],
        {
          attributes: { T: { type: 'float32' }, use_locking: { bool: false }, use_nesterov: { bool: false } },
          control,
        },
      );
    },
  };
}
