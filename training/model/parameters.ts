import type { Precision } from '../../experiment/precision';
import type { Graph, Shape, Tensor } from '../graph/graph';
import { add, cast, multiply, subtract } from '../graph/ops/elementwise';
import { constant, fill } from '../graph/ops/constant';
import { normal, uniform } from '../graph/ops/random';
import { assign, read, type Variable } from '../graph/ops/variable';
import { momentum, type Statistics } from '../graph/ops/batch-norm';
import type { Node } from '../graph/graph';

/** How a weight starts: `normal` with a standard deviation, `uniform` in -bound..bound, or a constant. */
export type Initial = { normal: number } | { uniform: number } | { value: number };

/** What a parameter is in its layer; of batch normalization: its scale and offset, and its running statistics. */
export type Role = 'weight' | 'bias' | 'batch-norm' | 'statistic';

export interface Parameter extends Variable {
  readonly dtype: 'float32';
  readonly initial: Initial;
  readonly role: Role;
}

/** The weights of one network, in the order in which its first forward pass names them. */
export class Parameters {
  private readonly byName = new Map<string, Parameter>();

  constructor(readonly prefix: string) {}

  get(name: string, shape: Shape, initial: Initial, role: Role = 'weight'): Parameter {
    const known = this.byName.get(name);
    if (known) return known;
    const parameter: Parameter = { name: `${this.prefix}${name}`, dtype: 'float32', shape, initial, role };
    this.byName.set(name, parameter);
    return parameter;
  }

  get all(): Parameter[] {
    return [...this.byName.values()];
  }

  /** All but the running statistics. */
  get trained(): Parameter[] {
    return this.all.filter(({ role }) => role !== 'statistic');
  }
}

/** The element type of a precision. */
export const computeTypes = { fp32: 'float32', bf16: 'bfloat16', fp16: 'float16' } as const;

/** One run through a network: where its nodes go, and whether batch normalization uses the batch's statistics. */
export interface Pass {
  readonly graph: Graph;
  readonly parameters: Parameters;
  readonly training: boolean;
  /** Views whose images lie one after the other in a batch: each is normalized by statistics of its own. */
  readonly views?: number;
  /** Type of the convolutions and matrix products; weights, statistics and loss stay float32. */
  readonly compute: (typeof computeTypes)[Precision];
  /** Filled in training: for each normalization what its passes make of the running statistics, the first of them from theirs. */
  readonly statistics: Map<string, { running: RunningStatistics; passes: Statistics[] }>;
}

export interface RunningStatistics {
  mean: Parameter;
  variance: Parameter;
}

/** A weight in the type that the pass computes in; cast once a graph. */
export function weight(pass: Pass, parameter: Parameter): Tensor {
  return pass.graph.once(`${pass.compute} ${parameter.name}`, () => cast(read(pass.graph, parameter), pass.compute));
}

/** Updates the running statistics by every pass of a step, in order. */
export function updateRunningStatistics(pass: Pass, control: readonly Node[]): Node[] {
  return [...pass.statistics.values()].flatMap(({ running, passes }) =>
    (['mean', 'variance'] as const).map((kind) => {
      const after = passes.map((each) => each[kind]).reduce((value, more) => add(multiply(value, 1 - momentum), more));
      return assign(running[kind], after, control);
    }),
  );
}

/** Assigns starting values, each drawn under the network's key and the position of the weight. */
export function initialize(graph: Graph, parameters: readonly Parameter[], key: Tensor): Node[] {
  return parameters.map((parameter, position) => {
    const name = [key, constant(graph, 'int32', [position])] as const;
    return assign(parameter, startingValue(graph, parameter, name));
  });
}

function startingValue(graph: Graph, { shape, initial }: Parameter, name: readonly [Tensor, Tensor]): Tensor {
  if ('normal' in initial) return multiply(normal(name, shape), initial.normal);
  if ('uniform' in initial) return multiply(subtract(multiply(uniform(name, shape), 2), 1), initial.uniform);
  return fill(graph, shape, initial.value);
}
