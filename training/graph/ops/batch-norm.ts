import { first, size, type Attribute, type Graph, type Tensor } from '../graph';
import { fill } from './constant';
import { reshape } from './array';

const epsilon = 1e-5;

export interface Statistics {
  /** [C] */
  mean: Tensor;
  /** [C] */
  variance: Tensor;
}

/** Share of a batch's statistics in the running ones: torch's momentum. */
export const momentum = 0.1;

interface Normalized {
  y: Tensor;
  running: Statistics;
}

const attributesFor = (x: Tensor, training: boolean): Record<string, Attribute> => ({
  T: { type: x.dtype },
  U: { type: 'float32' },
  epsilon: { float: epsilon },
  data_format: { text: 'NHWC' },
  is_training: { bool: training },
});

function normalize(x: Tensor, scale: Tensor, offset: Tensor, { mean, variance }: Statistics, training: boolean) {
  const channels = [size(x, 3)];
  return x.node.graph.add('FusedBatchNormV3', [x, scale, offset, mean, variance], {
    attributes: { ...attributesFor(x, training), exponential_avg_factor: { float: training ? momentum : 1 } },
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
 * @param running what the running statistics are; by default zeros
 * @returns y, and the running statistics afterwards: (1 - momentum) of those before plus momentum of the batch's, the
 *   variance with Bessel's correction, as torch's
 */
export function batchNorm(x: Tensor, scale: Tensor, offset: Tensor, running?: Statistics): Normalized {
  if (x.shape.length === 2) {
    const flat = batchNorm(reshape(x, [-1, 1, 1, size(x, 1)]), scale, offset, running);
    return { y: reshape(flat.y, [-1, size(x, 1)]), running: flat.running };
  }
  const graph = x.node.graph;
  const node = normalize(x, scale, offset, running ?? noStatistics(graph, size(x, 3)), true);
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
  return { y, running: { mean, variance } };
}

function noStatistics(graph: Graph, channels: number): Statistics {
  const zeros = fill(graph, [channels], 0);
  return { mean: zeros, variance: zeros };
}

/** Batch normalization with running statistics; no gradient rule. */
export function batchNormWithRunning(x: Tensor, scale: Tensor, offset: Tensor, running: Statistics): Tensor {
  if (x.shape.length === 2)
    return reshape(batchNormWithRunning(reshape(x, [-1, 1, 1, size(x, 1)]), scale, offset, running), [-1, size(x, 1)]);
  return first(normalize(x, scale, offset, running, false));
}
