import { size, type Tensor } from '../graph/graph';
import { concat, split } from '../graph/ops/array';
import { batchNorm, batchNormWithRunning, type Statistics } from '../graph/ops/batch-norm';
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

/** Batch normalization over all but the last dimension, eps 1e-5, and an activation; running statistics with decay .9. */
export function normalization(
  pass: Pass,
  name: string,
  x: Tensor,
  activation: (y: Tensor) => Tensor = (y) => y,
): Tensor {
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
  if (!pass.training) return activation(batchNormWithRunning(x, gamma, beta, before));
  const known = pass.statistics.get(name) ?? { running, passes: [] };
  pass.statistics.set(name, known);
  const { views = 1 } = pass;
  if (views > 1 && known.passes.length > 0) throw new Error(`${name} has had its batch of all views in this step`);
  // Passes after the first start at zeros and are joined to it by updateRunningStatistics: side by side, none waits. Views in
  // one batch take turns: they have that batch's operations between them.
  let sofar: Statistics | undefined = known.passes.length === 0 ? before : undefined;
  const parts = split(x, views).map((part) => {
    const normalized = batchNorm(part, gamma, beta, sofar);
    sofar = normalized.running;
    return activation(normalized.y);
  });
  known.passes.push(sofar as Statistics);
  return concat(parts, 0);
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
  const first = normalization(pass, '1', linear(pass, '0', x, hidden), relu);
  return linear(pass, '3', first, out);
}
