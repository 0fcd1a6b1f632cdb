import type { Optimizer } from '../../experiment/optimizers';
import { divide, greater, multiply, scalar, where } from '../graph/ops/elementwise';
import { handle, read, type Variable } from '../graph/ops/variable';
import type { Tensor } from '../graph/graph';
import { globalNorm } from './norm';
import type { TrainedWeight, UpdateRule } from './optimizer';
import { isExcluded, withWeightDecay } from './weight-decay';

/**
 * LARS (You et al. 2017, arXiv 1708.03888) as BYOL trains with it (arXiv 2006.07733, appendix C.1 and its published code):
 * the gradient with its weight decay is brought to the length trust * |weight|, and takes a step of momentum SGD. Where
 * weight or gradient is zero it stays as it is. Excluded parameters have neither weight decay nor adaptation.
 */
export function lars(options: Extract<Optimizer, { name: 'lars' }>): UpdateRule {
  return {
    slots: ['lars.velocity'],
    update(weight, [velocity], gradient, { learningRate }, control) {
      const graph = gradient.node.graph;
      const decayed = withWeightDecay(gradient, weight, options);
      const adapted = isExcluded(weight, options) ? decayed : adapt(weight, decayed, options.trust);
      return graph.add(
        'ResourceApplyMomentum',
        [
          handle(graph, weight),
          handle(graph, velocity as Variable),
          learningRate,
          adapted,
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

function adapt(weight: TrainedWeight, gradient: Tensor, trust: number): Tensor {
  const [length, step] = [globalNorm([read(gradient.node.graph, weight)]), globalNorm([gradient])];
  const one = scalar(step, 1);
  const ratio = divide(multiply(length, trust), step);
  return multiply(gradient, where(greater(length, 0), where(greater(step, 0), ratio, one), one));
}
