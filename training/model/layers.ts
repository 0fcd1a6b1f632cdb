import { size, type Tensor } from '../graph/graph';
import { batchNorm, batchNormWithRunning } from '../graph/ops/batch-norm';
import { conv2d } from '../graph/ops/convolution/convolution';
import { add } from '../graph/ops/elementwise';
import { matmul } from '../graph/ops/matmul';
import { relu } from '../graph/ops/relu';
import { read } from '../graph/ops/variable';
import { weight, type Pass } from './parameters';

/** Convolution without bias; starts as torchvision's ResNets do (He et al. 2015, normal, fan-out). Filter [k, k, in, out]. */
export function convolution(pass: Pass, name: string, x: Tensor, out: number, kernel: number, stride: number): Tensor {
  const filter = pass.parameters.get(`${name}.weight`, [kernel, kernel, size(x, 3), out], {
    normal: Math.sqrt(2 / (kernel * kernel * out)),
  });
  return conv2d(x, weight(pass, filter), stride);
}

/** Batch normalization over all but the last dimension, eps 1e-5; running statistics with decay .9. */
export function normalization(pass: Pass, name: string, x: Tensor): Tensor {
  const channels = [size(x, -1)];
  const scale = pass.parameters.get(`${name}.weight`, channels, { value: 1 }, 'batch-norm');
  const offset = pass.parameters.get(`${name}.bias`, channels, { value: 0 }, 'batch-norm');
  const running = {
    mean: pass.parameters.get(`${name}.running_mean`, channels, { value: 0 }, 'statistic'),
    variance: pass.parameters.get(`${name}.running_var`, channels, { value: 1 }, 'statistic'),
  };
  const { graph } = pass;
  const [gamma, beta] = [read(graph, scale), read(graph, offset)];
  const before = { mean: read(graph, running.mean), variance: read(graph, running.variance) };
  if (!pass.training) return batchNormWithRunning(x, gamma, beta, before);
  const known = pass.statistics.get(name) ?? { running, passes: [] };
  // Passes after the first start at zeros and are joined to it by updateRunningStatistics: side by side, none waits.
  const normalized = batchNorm(x, gamma, beta, known.passes.length === 0 ? before : undefined);
  known.passes.push(normalized.running);
  pass.statistics.set(name, known);
  return normalized.y;
}

/** x @ weight + bias, weight [in, out]; starts as torch's Linear: uniform within 1 / sqrt(in). */
export function linear(pass: Pass, name: string, x: Tensor, out: number): Tensor {
  const bound = 1 / Math.sqrt(size(x, 1));
  const matrix = pass.parameters.get(`${name}.weight`, [size(x, 1), out], { uniform: bound });
  const bias = pass.parameters.get(`${name}.bias`, [out], { uniform: bound }, 'bias');
  return add(matmul(x, weight(pass, matrix)), weight(pass, bias));
}

/** Linear -> BN -> ReLU -> Linear: BYOL's projector and predictor. The numbers are those of a torch Sequential. */
export function multilayerPerceptron(pass: Pass, x: Tensor, hidden: number, out: number): Tensor {
  const first = relu(normalization(pass, '1', linear(pass, '0', x, hidden)));
  return linear(pass, '3', first, out);
}
