import { first, size, type Attribute, type Tensor } from '../graph';
import { constant } from './constant';
import { reshape } from './array';

const epsilon = 1e-5;

export interface BatchStatistics {
  /** [C] */
  mean: Tensor;
  /** [C], with Bessel's correction, as PyTorch's running variance takes it. */
  variance: Tensor;
}

const attributesFor = (x: Tensor, training: boolean): Record<string, Attribute> => ({
  T: { type: x.dtype },
  U: { type: 'float32' },
  epsilon: { float: epsilon },
  data_format: { text: 'NHWC' },
  is_training: { bool: training },
});

function normalize(x: Tensor, scale: Tensor, offset: Tensor, mean: Tensor, variance: Tensor, training: boolean) {
  const channels = [size(x, 3)];
  return x.node.graph.add('FusedBatchNormV3', [x, scale, offset, mean, variance], {
    attributes: { ...attributesFor(x, training), exponential_avg_factor: { float: 1 } },
    outputs: [
      { slot: 'y', dtype: x.dtype, shape: x.shape },
      ...['batch_mean', 'batch_variance', 'reserve_space_1', 'reserve_space_2'].map((slot) => ({
        slot,
        dtype: 'float32' as const,
        shape: channels,
      })),
      { slot: 'reserve_space_3', dtype: 'float32', shape: [-1] },
    ],
  });
}

/**
 * Batch normalization with the batch's own statistics.
 *
 * @param x [N, H, W, C] or [N, C], float32, bfloat16 or float16; scale and offset [C] float32
 */
export function batchNorm(x: Tensor, scale: Tensor, offset: Tensor): { y: Tensor; statistics: BatchStatistics } {
  if (x.shape.length === 2) {
    const flat = batchNorm(reshape(x, [-1, 1, 1, size(x, 1)]), scale, offset);
    return { y: reshape(flat.y, [-1, size(x, 1)]), statistics: flat.statistics };
  }
  const graph = x.node.graph;
  const none = constant(graph, 'float32', [], [0]);
  const node = normalize(x, scale, offset, none, none, true);
  const [y, mean, variance, ...reserve] = node.outputs as [Tensor, Tensor, Tensor, ...Tensor[]];
  node.gradient = ([dy]) => {
    if (!dy) return [null, null, null, null, null];
    const back = graph.add('FusedBatchNormGradV3', [dy, x, scale, ...reserve], {
      attributes: attributesFor(x, true),
      outputs: [
        { slot: 'x_backprop', dtype: x.dtype, shape: x.shape },
        { slot: 'scale_backprop', dtype: 'float32', shape: scale.shape },
        { slot: 'offset_backprop', dtype: 'float32', shape: scale.shape },
        { slot: 'reserve_space_4', dtype: 'float32', shape: [0] },
        { slot: 'reserve_space_5', dtype: 'float32', shape: [0] },
      ],
    });
    return [...back.outputs.slice(0, 3), null, null];
  };
  return { y, statistics: { mean, variance } };
}

/** Batch normalization with running statistics; no gradient rule. */
export function batchNormWithRunning(x: Tensor, scale: Tensor, offset: Tensor, running: BatchStatistics): Tensor {
  if (x.shape.length === 2)
    return reshape(batchNormWithRunning(reshape(x, [-1, 1, 1, size(x, 1)]), scale, offset, running), [-1, size(x, 1)]);
  return first(normalize(x, scale, offset, running.mean, running.variance, false));
}
