import type { ExperimentSpec } from '../../experiment/resolve';
import { augmentWith, drawsOf } from '../augment/view';
import { gradients } from '../graph/autodiff';
import { size, type Graph, type Node, type Tensor } from '../graph/graph';
import { after, gather } from '../graph/ops/array';
import { constant } from '../graph/ops/constant';
import { add } from '../graph/ops/elementwise';
import { uniform } from '../graph/ops/random';
import { barrier } from '../graph/ops/variable';
import { gatherImages, normalizeImages, type ImageFormat } from '../images';
import { lossScale, scalesLoss, updateWhereFinite } from '../optimizers/loss-scale';
import type { updateRule, UpdateInputs } from '../optimizers/optimizer';
import { updateAll } from '../optimizers/step';
import { byolLoss } from './loss';
import type { Networks } from './networks';

/** One micro-batch: its loss, what it would change in `networks.trained`, and the passes that found it. */
interface ByolGradients {
  loss: Tensor;
  gradients: Tensor[];
  passes: ReturnType<Networks['passes']>;
}

/** Algorithm 1 of the paper, lines 4-10, for one micro-batch. */
export class ByolStep {
  constructor(
    private readonly spec: ExperimentSpec,
    private readonly format: ImageFormat,
    readonly networks: Networks,
  ) {}

  get scalesLoss(): boolean {
    return scalesLoss(this.spec);
  }

  /** What is drawn for v and for v' of so many images: [count, draws] each, in [0, 1). */
  draws(count: number, key: Tensor, step: Tensor): readonly [Tensor, Tensor] {
    const { first, second } = this.spec.pretraining.views;
    const name = (view: number) => [gather(key, constant(key.node.graph, 'int32', [view]), 0), step] as const;
    return [uniform(name(0), [count, drawsOf(first)]), uniform(name(1), [count, drawsOf(second)])];
  }

  /** v = t(x), v' = t'(x): [B, C, H, W] in 0..1. @param draws of these images, as `draws` makes them */
  views(indices: Tensor, draws: readonly [Tensor, Tensor]): readonly [Tensor, Tensor] {
    const images = gatherImages(this.format, indices);
    const { first, second } = this.spec.pretraining.views;
    return [augmentWith(images, first, draws[0]), augmentWith(images, second, draws[1])];
  }

  /** Loss L + L~ (equation 2, both directions); its gradients by the online network and the predictor, in fp16 times the scale. */
  gradients(graph: Graph, indices: Tensor, key: Tensor, step: Tensor): ByolGradients {
    const { networks } = this;
    const passes = networks.passes(graph, true);
    const online = (v: Tensor) => networks.predict(passes.predictor, networks.project(passes.online, v));
    const target = (v: Tensor) => networks.project(passes.target, v);

    const views = this.views(indices, this.draws(size(indices, 0), key, step));
    const [v1, v2] = views.map((v) => normalizeImages(this.format, v)) as [Tensor, Tensor];
    const [q1, q2] = [online(v1), online(v2)];
    const [z1, z2] = [target(v1), target(v2)];
    const loss = add(byolLoss(q1, z2), byolLoss(q2, z1));

    const weights = networks.trained.map((parameter) => graph.reads.get(parameter.name) as Tensor);
    const one = this.scalesLoss ? lossScale(graph) : constant(graph, 'float32', [1]);
    // Both views' gradients start together: they run side by side to the end.
    const seed = after(one, [loss.node]);
    return { loss, gradients: gradients(loss, weights, seed), passes };
  }

  /** One optimizer step of the online network and the predictor, then of the target (equation 1). */
  update(
    graph: Graph,
    made: ByolGradients,
    rule: ReturnType<typeof updateRule>,
    inputs: UpdateInputs,
    tau: Tensor,
  ): Node[] {
    const ready = [barrier(graph, [made.loss.node])];
    if (this.scalesLoss) {
      const updates = this.updateWhereFinite('train', made.gradients, rule, inputs, tau, ready);
      return [...updates, ...this.networks.updateStatistics(made.passes, updates)];
    }
    const updates = updateAll(rule, this.networks.trained, made.gradients, inputs, ready);
    const statistics = this.networks.updateStatistics(made.passes, updates);
    return [...updates, ...statistics, ...this.networks.updateTarget(graph, tau, updates)];
  }

  /** fp16: the optimizer's step and the target's where all gradients are finite, and the loss scale. */
  updateWhereFinite(
    name: 'train' | 'apply',
    gradients: readonly Tensor[],
    rule: ReturnType<typeof updateRule>,
    inputs: UpdateInputs,
    tau: Tensor,
    control: readonly Node[],
  ): Node[] {
    const { networks } = this;
    const update = (graph: Graph, unscaled: readonly Tensor[], own: UpdateInputs, [decay]: readonly [Tensor]) => {
      const updates = updateAll(rule, networks.trained, unscaled, own, []);
      return [...updates, ...networks.updateTarget(graph, decay, updates)];
    };
    return updateWhereFinite({ name: `${name}_update`, gradients, inputs, more: [tau], update }, control);
  }
}
