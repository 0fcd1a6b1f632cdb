import { isDeepStrictEqual } from 'node:util';
import type { ExperimentSpec } from '../../experiment/resolve';
import { augmentWith, drawsOf } from '../augment/view';
import { gradients } from '../graph/autodiff';
import { Graph, size, type Node, type Tensor } from '../graph/graph';
import { after, concat, gather, split } from '../graph/ops/array';
import { constant } from '../graph/ops/constant';
import { add, multiply } from '../graph/ops/elementwise';
import { uniform } from '../graph/ops/random';
import { barrier } from '../graph/ops/variable';
import { longProduct, typicalProduct } from '../graph/work';
import { gatherImages, normalizeImages, type ImageFormat } from '../images';
import { lossScale, scalesLoss, updateWhereFinite } from '../optimizers/loss-scale';
import type { updateRule, UpdateInputs } from '../optimizers/optimizer';
import { updateAll } from '../optimizers/step';
import { byolLoss } from './loss';
import { encoderPrefix, type Networks } from './networks';

type Passes = ReturnType<Networks['passes']>;

/** One micro-batch: its loss, what it would change in `networks.trained`, and the passes that found it. */
interface ByolGradients {
  loss: Tensor;
  gradients: Tensor[];
  passes: Passes;
  /** Runs when the gradients have come down to the first stage: what is left is a chain for each batch. */
  nearEnd: Node;
}

/** Whether both views go through the networks as one batch: where operations are short so too, fewer are faster. On any device: measured on CPUs alone. */
function goTogether(spec: ExperimentSpec, { height, width, channels }: ImageFormat, networks: Networks): boolean {
  const graph = new Graph();
  const images = graph.placeholder('images', 'float32', [spec.pretraining.batch, height, width, channels]);
  const features = networks.represent(networks.passes(graph, true).online.backbone, images);
  return 2 * typicalProduct(graph, [features.node]) < longProduct;
}

/** Algorithm 1 of the paper, lines 4-10, for one micro-batch. */
export class ByolStep {
  constructor(
    private readonly spec: ExperimentSpec,
    private readonly format: ImageFormat,
    readonly networks: Networks,
    private readonly together = goTogether(spec, format, networks),
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

  /** v and then v' as one batch; by one list for both they are one batch from the start. */
  private bothViews(indices: Tensor, draws: readonly [Tensor, Tensor]): Tensor {
    const { first, second } = this.spec.pretraining.views;
    if (!isDeepStrictEqual(first, second)) return concat(this.views(indices, draws), 0);
    const images = gatherImages(this.format, concat([indices, indices], 0));
    return augmentWith(images, first, concat(draws, 0));
  }

  /** Loss L + L~ (equation 2, both directions); its gradients by the online network and the predictor, in fp16 times the scale. */
  gradients(graph: Graph, indices: Tensor, key: Tensor, step: Tensor): ByolGradients {
    const { networks } = this;
    const draws = this.draws(size(indices, 0), key, step);
    const passes = networks.passes(graph, true, this.together ? 2 : 1);
    const loss = this.together
      ? this.lossOfBoth(passes, normalizeImages(this.format, this.bothViews(indices, draws)))
      : this.loss(passes, ...this.views(indices, draws).map((v) => normalizeImages(this.format, v)));

    const weights = networks.trained.map((parameter) => graph.reads.get(parameter.name) as Tensor);
    const one = this.scalesLoss ? lossScale(graph) : constant(graph, 'float32', [1]);
    // Gradients start with the loss: those of views by themselves run side by side to the end.
    const upstream = after(one, [loss.node]);
    const made = gradients(loss, weights, upstream);
    const reached = networks.trained.findIndex(({ name }) => name === `${encoderPrefix}layer2.0.conv1.weight`);
    return { loss, gradients: made, passes, nearEnd: (made[reached] as Tensor).node };
  }

  /** L + L~, each view through the networks by itself: they run side by side. */
  private loss({ online, predictor, target }: Passes, ...views: Tensor[]): Tensor {
    const { networks } = this;
    const [q1, q2] = views.map((v) => networks.predict(predictor, networks.project(online, v))) as [Tensor, Tensor];
    const [z1, z2] = views.map((v) => networks.project(target, v)) as [Tensor, Tensor];
    return add(byolLoss(q1, z2), byolLoss(q2, z1));
  }

  /** The same of both views as one batch, normalized each by itself: fewer and longer operations. @param v [2 B, H, W, C] */
  private lossOfBoth({ online, predictor, target }: Passes, v: Tensor): Tensor {
    const { networks } = this;
    const q = networks.predict(predictor, networks.project(online, v));
    const [z1, z2] = split(networks.project(target, v), 2) as [Tensor, Tensor];
    return multiply(byolLoss(q, concat([z2, z1], 0)), 2);
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
      return [...updates, ...this.networks.updateStatistics(made.passes, ready)];
    }
    const updates = updateAll(rule, this.networks.trained, made.gradients, inputs, ready);
    const statistics = this.networks.updateStatistics(made.passes, ready);
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
