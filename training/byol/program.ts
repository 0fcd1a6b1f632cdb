import type { ExperimentSpec } from '../../experiment/resolve';
import { augment } from '../augment/view';
import { gradients } from '../graph/autodiff';
import type { Graph, Node, Tensor } from '../graph/graph';
import { concat, gather } from '../graph/ops/array';
import { constant } from '../graph/ops/constant';
import { add, cast } from '../graph/ops/elementwise';
import { largest } from '../graph/ops/linear-algebra';
import { repeat } from '../graph/ops/loop';
import { matmul } from '../graph/ops/matmul';
import { assign, barrier } from '../graph/ops/variable';
import { fill } from '../graph/ops/constant';
import { gatherImages, normalizeImages, readImages, type ImageFormat } from '../images';
import { initialize } from '../model/parameters';
import { optimizerState, accumulate, accumulated, clearAccumulated, updateAll } from '../optimizers/step';
import { updateRule, type UpdateInputs } from '../optimizers/optimizer';
import { done, ProgramWriter, type Program } from '../program';
import { recordLoss, roundOf } from '../rounds';
import { stateLayout } from '../state';
import { byolLoss, normalizeRows } from './loss';
import { monitor } from './monitor';
import { Networks } from './networks';

/**
 * The whole of BYOL as one program. Signatures besides those of every program:
 * - `init` (key): starting weights drawn under the key; the target is a copy of the online network
 * - `train` (indices [K, B], key [2], step, learning_rate [K], tau [K]) -> loss [K]: K steps, one optimizer step each
 * - `accumulate` (indices [M, B], key [2], step) -> loss [M] and `apply` (optimizer_step, learning_rate, tau): where
 *   gradients of several micro-batches make a step
 * - `embed` (path of a file of raw uint8 NHWC images) -> features [n, d] of the online encoder's avgpool, with running
 *   statistics and without augmentation
 * - `nearest` (bank [n, d], queries [m, d], count) -> cosines and places [m, count] of the nearest bank rows of each query
 * - `monitor` (indices [sampleCount], key [2], step) -> spread, effective_rank, alignment, uniformity: see monitor.ts
 * - `views` (indices [n], key [2], step) -> [3 n, C, H, W] in 0..1: the images, their first views, their second views
 *
 * `step` numbers micro-batches from 0 over the whole run and, with `key`, names every random draw.
 */
export function pretrainingProgram(spec: ExperimentSpec, format: ImageFormat, sampleCount: number): Program {
  const writer = new ProgramWriter();
  const { graph } = writer;
  const networks = new Networks(spec);
  const { batch, accumulate: microBatches } = spec.pretraining;
  const rule = updateRule(spec.pretraining.optimizer);
  const step = new ByolStep(spec, format, networks);

  if (microBatches === 1)
    writer.signature('train', (input) => {
      const indices = input('indices', 'int32', [-1, batch]);
      const [key, from] = [input('key', 'int32', [2]), input('step', 'int32', [])];
      const rates = [input('learning_rate', 'float32', [-1]), input('tau', 'float32', [-1])];
      const { count, losses } = roundOf(indices);
      const [trace] = repeat(
        'train',
        count,
        [indices, key, from, ...rates],
        [losses],
        (body, round, inputs, [sofar]) => {
          const [all, names, first, rate, tau] = inputs as [Tensor, Tensor, Tensor, Tensor, Tensor];
          const at = add(first, round);
          const made = step.gradients(body, gather(all, round, 0), names, at);
          const update = { learningRate: gather(rate, round, 0), step: cast(add(at, 1), 'float32') };
          const effects = step.update(body, made, rule, update, gather(tau, round, 0));
          return { carried: [recordLoss(sofar as Tensor, round, made.loss)], effects };
        },
      );
      return { loss: trace as Tensor };
    });
  else {
    writer.signature('accumulate', (input) => {
      const indices = input('indices', 'int32', [-1, batch]);
      const [key, from] = [input('key', 'int32', [2]), input('step', 'int32', [])];
      const { count, losses } = roundOf(indices);
      const [trace] = repeat('accumulate', count, [indices, key, from], [losses], (body, round, inputs, [sofar]) => {
        const [all, names, first] = inputs as [Tensor, Tensor, Tensor];
        const made = step.gradients(body, gather(all, round, 0), names, add(first, round));
        const ready = barrier(
          body,
          made.gradients.map(({ node }) => node),
        );
        const effects = [
          ...accumulate(networks.trained, made.gradients),
          ...networks.updateStatistics(made.passes, [ready]),
        ];
        return { carried: [recordLoss(sofar as Tensor, round, made.loss)], effects };
      });
      return { loss: trace as Tensor };
    });
    writer.signature('apply', (input) => {
      const at = input('optimizer_step', 'int32', []);
      const [learningRate, tau] = [input('learning_rate', 'float32', []), input('tau', 'float32', [])];
      const mean = accumulated(graph, networks.trained, microBatches);
      const inputs = { learningRate, step: cast(add(at, 1), 'float32') };
      const updates = updateAll(rule, networks.trained, mean, inputs, []);
      const effects = [
        ...networks.updateTarget(graph, tau, updates),
        ...clearAccumulated(graph, networks.trained, updates),
      ];
      return done(at, [...updates, ...effects]);
    });
  }
  return finish(writer, spec, format, networks, step, sampleCount);
}

function finish(
  writer: ProgramWriter,
  spec: ExperimentSpec,
  format: ImageFormat,
  networks: Networks,
  step: ByolStep,
  sampleCount: number,
): Program {
  const { graph } = writer;
  const rule = updateRule(spec.pretraining.optimizer);
  const slots = optimizerState(rule, networks.trained, spec.pretraining.accumulate > 1);
  writer.signature('init', (input) => {
    const key = input('key', 'int32', []);
    const { online, predictor } = networks;
    const drawn = initialize(
      graph,
      [online.backbone, online.projector, predictor].flatMap(({ all }) => all),
      key,
    );
    const zeros = slots.map((slot) => assign(slot, fill(graph, slot.shape, 0)));
    return done(key, [...drawn, ...zeros, ...networks.copyToTarget(graph, drawn)]);
  });
  writer.signature('monitor', (input) => {
    const indices = input('indices', 'int32', [sampleCount]);
    const views = step.views(indices, input('key', 'int32', [2]), input('step', 'int32', []));
    const normalized = (planar: Tensor) => normalizeImages(format, planar);
    const { online } = networks.passes(graph, false);
    const [first, second] = [normalized(views[0]), normalized(views[1])];
    return monitor(networks, online, normalized(gatherImages(format, indices)), [first, second]);
  });
  writer.signature('embed', (input) => {
    const images = normalizeImages(format, readImages(format, input('path', 'string', [])));
    return { features: networks.represent(networks.passes(graph, false).online.backbone, images) };
  });
  writer.signature('nearest', (input) => {
    const [bank, queries] = [input('bank', 'float32', [-1, -1]), input('queries', 'float32', [-1, -1])];
    const cosines = matmul(normalizeRows(queries), normalizeRows(bank), false, true);
    const { values, columns } = largest(cosines, input('count', 'int32', []));
    return { cosines: values, places: columns };
  });
  writer.signature('views', (input) => {
    const indices = input('indices', 'int32', [viewSamples]);
    const [first, second] = step.views(indices, input('key', 'int32', [2]), input('step', 'int32', []));
    return { views: concat([gatherImages(format, indices), first, second], 0) };
  });
  // Checkpoints are taken between optimizer steps, when the accumulators are empty.
  const variables = [...networks.all, ...slots];
  return writer.finish(format, variables, stateLayout(variables));
}

/** Images whose augmented views the report shows. */
export const viewSamples = 8;

interface ByolGradients {
  loss: Tensor;
  gradients: Tensor[];
  passes: ReturnType<Networks['passes']>;
}

/** Algorithm 1 of the paper, lines 4-10, for one micro-batch. */
class ByolStep {
  constructor(
    private readonly spec: ExperimentSpec,
    private readonly format: ImageFormat,
    private readonly networks: Networks,
  ) {}

  /** v = t(x), v' = t'(x): [B, C, H, W] in 0..1. */
  views(indices: Tensor, key: Tensor, step: Tensor): readonly [Tensor, Tensor] {
    const images = gatherImages(this.format, indices);
    const { first, second } = this.spec.pretraining.views;
    const name = (view: number) => [gather(key, constant(key.node.graph, 'int32', [view]), 0), step] as const;
    return [augment(images, first, name(0)), augment(images, second, name(1))];
  }

  /** Loss L + L~ (equation 2, both directions) and its gradients by the online network and the predictor. */
  gradients(graph: Graph, indices: Tensor, key: Tensor, step: Tensor): ByolGradients {
    const { networks } = this;
    const passes = networks.passes(graph, true);
    const online = (v: Tensor) => networks.predict(passes.predictor, networks.project(passes.online, v));
    const target = (v: Tensor) => networks.project(passes.target, v);

    const [v1, v2] = this.views(indices, key, step).map((v) => normalizeImages(this.format, v)) as [Tensor, Tensor];
    const [q1, q2] = [online(v1), online(v2)];
    const [z1, z2] = [target(v1), target(v2)];
    const loss = add(byolLoss(q1, z2), byolLoss(q2, z1));

    const weights = networks.trained.map((parameter) => graph.reads.get(parameter.name) as Tensor);
    return { loss, gradients: gradients(loss, weights, constant(graph, 'float32', [1])), passes };
  }

  update(
    graph: Graph,
    made: ByolGradients,
    rule: ReturnType<typeof updateRule>,
    inputs: UpdateInputs,
    tau: Tensor,
  ): Node[] {
    const ready = [barrier(graph, [made.loss.node])];
    const updates = updateAll(rule, this.networks.trained, made.gradients, inputs, ready);
    const statistics = this.networks.updateStatistics(made.passes, updates);
    return [...updates, ...statistics, ...this.networks.updateTarget(graph, tau, updates)];
  }
}
