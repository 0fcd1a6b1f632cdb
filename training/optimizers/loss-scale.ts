import type { Precision } from '../../experiment/precision';
import type { Graph, Node, Tensor } from '../graph/graph';
import { float32 } from '../graph/ops/constant';
import { stack } from '../graph/ops/array';
import { runWhere } from '../graph/ops/condition';
import { add, divide, greaterEqual, isFinite, multiply, scalar, subtract, where } from '../graph/ops/elementwise';
import { all } from '../graph/ops/reduction';
import { assign, read, type Variable } from '../graph/ops/variable';
import type { UpdateInputs } from './optimizer';

const counter = (name: string): Variable => ({ name: `loss_scale.${name}`, dtype: 'float32', shape: [] });
const scale = counter('scale');
/** Updates in a row that were made. */
const good = counter('good_steps');
/** Updates that were passed over, since the start: the optimizer does not count them. */
const skipped = counter('skipped_steps');

/** float16 ends at 65,504 and 6e-8: its gradients are scaled; bfloat16 has float32's exponents. */
export const scalesLoss = ({ precision }: { precision: Precision }): boolean => precision === 'fp16';

/** What dynamic loss scaling keeps; part of the checkpoint. */
export const lossScaleState: readonly Variable[] = [scale, good, skipped];

/** torch.amp.GradScaler's defaults. */
export interface LossScaleRule {
  initial: number;
  /** Updates in a row after which the scale doubles. */
  interval: number;
}
export const lossScaleRule: LossScaleRule = { initial: 65_536, interval: 2000 };

/** Gives the state its starting values. */
export const startLossScale = (graph: Graph, { initial }: LossScaleRule = lossScaleRule): Node[] => [
  assign(scale, float32(graph, initial)),
  ...[good, skipped].map((variable) => assign(variable, float32(graph, 0))),
];

/** The scale: by it the loss is multiplied before its gradients are taken, so that small ones are not zero in float16. */
export const lossScale = (graph: Graph): Tensor => read(graph, scale);

/** What an update sees in its own graph: gradients without the scale, and its inputs. */
export interface ScaledUpdate<More extends readonly Tensor[]> {
  /** Unique in the program. */
  name: string;
  /** float32, times the scale. */
  gradients: readonly Tensor[];
  inputs: UpdateInputs;
  /** Further values that the update needs. */
  more: More;
  update: (graph: Graph, gradients: readonly Tensor[], inputs: UpdateInputs, more: More) => readonly Node[];
}

/**
 * An update in dynamic loss scaling (Micikevicius et al. 2018, arXiv 1710.03740, section 3.2), by the rule of
 * torch.amp.GradScaler: where every gradient is finite it is made with the gradients divided by the scale, and the scale
 * doubles after so many in a row; else it is passed over and the scale is halved. `step` then counts the updates that were made.
 *
 * @param control what has to run before the update
 */
export function updateWhereFinite<More extends readonly Tensor[]>(
  { name, gradients, inputs, more, update }: ScaledUpdate<More>,
  control: readonly Node[],
  rule: LossScaleRule = lossScaleRule,
): Node[] {
  const graph = inputs.step.node.graph;
  const [factor, row, missed] = [scale, good, skipped].map((variable) => read(graph, variable)) as [
    Tensor,
    Tensor,
    Tensor,
  ];
  const finite = all(
    stack(
      gradients.map((gradient) => all(isFinite(gradient))),
      0,
    ),
  );
  const passed = [factor, inputs.learningRate, subtract(inputs.step, missed), ...more, ...gradients];
  const made = runWhere(
    name,
    finite,
    passed,
    (inner, [divisor, learningRate, step, ...rest]) => {
      const inverse = divide(scalar(divisor as Tensor, 1), divisor as Tensor);
      const unscaled = rest.slice(more.length).map((gradient) => multiply(gradient, inverse));
      const own = { learningRate: learningRate as Tensor, step: step as Tensor };
      return update(inner, unscaled, own, rest.slice(0, more.length) as readonly Tensor[] as More);
    },
    control,
  );
  const [longer, zero] = [add(row, 1), scalar(row, 0)];
  const grows = greaterEqual(longer, rule.interval);
  const doubled = multiply(factor, 2);
  const grown = where(isFinite(doubled), doubled, factor);
  const next: [Variable, Tensor][] = [
    [scale, where(finite, where(grows, grown, factor), multiply(factor, 0.5))],
    [good, where(finite, where(grows, zero, longer), zero)],
    [skipped, where(finite, missed, add(missed, 1))],
  ];
  return [made, ...next.map(([variable, value]) => assign(variable, value, [made]))];
}
