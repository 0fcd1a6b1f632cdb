import type { ExperimentSpec } from '../../experiment/resolve';
import type { Device, Graph, Tensor } from '../graph/graph';
import { concat, gather } from '../graph/ops/array';
import { add, cast } from '../graph/ops/elementwise';
import { largest } from '../graph/ops/linear-algebra';
import { inHalves } from '../graph/ops/halves';
import { repeat } from '../graph/ops/loop';
import { matmul } from '../graph/ops/matmul';
import { assign, barrier } from '../graph/ops/variable';
import { fill } from '../graph/ops/constant';
import { gatherImages, normalizeBytes, readBytes, type ImageFormat } from '../images';
import { initialize } from '../model/parameters';
import { optimizerState, accumulate, accumulated, clearAccumulated, updateAll } from '../optimizers/step';
import { lossScaleState, startLossScale } from '../optimizers/loss-scale';
import { updateRule } from '../optimizers/optimizer';
import { done, ProgramWriter, type Program, type SignatureWriter } from '../program';
import { nanWhereDiverged, recordLoss, roundOf } from '../rounds';
import { stateLayout } from '../state';
import { normalizeRows } from './loss';
import { monitor } from './monitor';
import { Networks } from './networks';
import { ByolStep } from './step';

/**
 * The whole of BYOL as one program. Signatures besides those of every program:
 * - `init` (key): starting weights drawn under the key; the target is a copy of the online network
 * - `train` (indices [K, B], key [2], step, learning_rate [K], tau [K]) -> loss [K]: K steps, one optimizer step each
 * - `accumulate` (indices [M, B], key [2], step) -> loss [M] and `apply` (optimizer_step, learning_rate, tau): where
 *   gradients of several micro-batches make a step
 * - `embed` (path of a file of raw uint8 NHWC images) -> features [n, d] of the online encoder's avgpool, with running
 *   statistics and without augmentation
 * - `nearest` (bank [n, d], queries [m, d], count) -> cosines and places [m, count] of the nearest bank rows of each query
 * - `monitor` (indices [sampleCount], key [2], step) -> spread, effective_rank, alignment, uniformity,
 *   image_rank: see monitor.ts
 * - `views` (indices [n], key [2], step) -> [3 n, C, H, W] in 0..1: the images, their first views, their second views
 *
 * `step` numbers micro-batches from 0 over the whole run and, with `key`, names every random draw.
 *
 * @param together whether both views are one batch; by default where operations are short
 */
export function pretrainingProgram(
  spec: ExperimentSpec,
  format: ImageFormat,
  sampleCount: number,
  device: Device = 'cpu',
  together?: boolean,
): Program {
  const writer = new ProgramWriter(device);
  const { batch, accumulate: microBatches } = spec.pretraining;
  const rule = updateRule(spec.pretraining.optimizer);
  const byol = new ByolStep(spec, format, new Networks(spec), together);
  if (microBatches === 1) writer.signature('train', trainSteps(byol, rule, batch));
  else {
    writer.signature('accumulate', accumulateGradients(byol, batch));
    writer.signature('apply', applyAccumulated(writer.graph, byol, rule, microBatches));
  }
  return finish(writer, spec, format, byol, sampleCount);
}

type UpdateRule = ReturnType<typeof updateRule>;

const trainSteps =
  (byol: ByolStep, rule: UpdateRule, batch: number): SignatureWriter =>
  (input) => {
    const indices = input('indices', 'int32', [-1, batch]);
    const [key, from] = [input('key', 'int32', [2]), input('step', 'int32', [])];
    const rates = [input('learning_rate', 'float32', [-1]), input('tau', 'float32', [-1])];
    const { count, losses } = roundOf(indices);
    const [trace] = repeat('train', count, [indices, key, from, ...rates], [losses], (body, round, inputs, [sofar]) => {
      const [all, names, first, rate, tau] = inputs as [Tensor, Tensor, Tensor, Tensor, Tensor];
      const at = add(first, round);
      const made = byol.gradients(body, gather(all, round, 0), names, at);
      const update = { learningRate: gather(rate, round, 0), step: cast(add(at, 1), 'float32') };
      const effects = byol.update(body, made, rule, update, gather(tau, round, 0));
      return { carried: [recordLoss(sofar as Tensor, round, made.loss)], effects, next: [made.nearEnd] };
    });
    return { loss: nanWhereDiverged(trace as Tensor, byol.networks.encoders) };
  };

const accumulateGradients =
  (byol: ByolStep, batch: number): SignatureWriter =>
  (input) => {
    const { networks } = byol;
    const indices = input('indices', 'int32', [-1, batch]);
    const [key, from] = [input('key', 'int32', [2]), input('step', 'int32', [])];
    const { count, losses } = roundOf(indices);
    const [trace] = repeat('accumulate', count, [indices, key, from], [losses], (body, round, inputs, [sofar]) => {
      const [all, names, first] = inputs as [Tensor, Tensor, Tensor];
      const made = byol.gradients(body, gather(all, round, 0), names, add(first, round));
      const ready = barrier(
        body,
        made.gradients.map(({ node }) => node),
      );
      const effects = [
        ...accumulate(networks.trained, made.gradients),
        ...networks.updateStatistics(made.passes, [ready]),
      ];
      return { carried: [recordLoss(sofar as Tensor, round, made.loss)], effects, next: [made.nearEnd] };
    });
    return { loss: nanWhereDiverged(trace as Tensor, byol.networks.encoders) };
  };

const applyAccumulated =
  (graph: Graph, byol: ByolStep, rule: UpdateRule, microBatches: number): SignatureWriter =>
  (input) => {
    const { networks } = byol;
    const at = input('optimizer_step', 'int32', []);
    const [learningRate, tau] = [input('learning_rate', 'float32', []), input('tau', 'float32', [])];
    const mean = accumulated(graph, networks.trained, microBatches);
    const inputs = { learningRate, step: cast(add(at, 1), 'float32') };
    if (byol.scalesLoss) {
      const updates = byol.updateWhereFinite('apply', mean, rule, inputs, tau, []);
      return done(at, [...updates, ...clearAccumulated(graph, networks.trained, updates)]);
    }
    const updates = updateAll(rule, networks.trained, mean, inputs, []);
    const effects = [
      ...networks.updateTarget(graph, tau, updates),
      ...clearAccumulated(graph, networks.trained, updates),
    ];
    return done(at, [...updates, ...effects]);
  };

function finish(
  writer: ProgramWriter,
  spec: ExperimentSpec,
  format: ImageFormat,
  byol: ByolStep,
  sampleCount: number,
): Program {
  const { graph } = writer;
  const { networks } = byol;
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
    const scale = byol.scalesLoss ? startLossScale(graph) : [];
    return done(key, [...drawn, ...zeros, ...networks.copyToTarget(graph, drawn), ...scale]);
  });
  signaturesToLook(writer, format, byol, sampleCount);
  // Checkpoints are taken between optimizer steps, when the accumulators are empty.
  const variables = [...networks.all, ...slots, ...(byol.scalesLoss ? lossScaleState : [])];
  return writer.finish(format, variables, stateLayout(variables), { sideBySide: 2, precision: spec.precision });
}

/** What looks at the networks and changes nothing. */
function signaturesToLook(writer: ProgramWriter, format: ImageFormat, byol: ByolStep, sampleCount: number): void {
  const { graph } = writer;
  const { networks } = byol;
  writer.signature('monitor', (input) => {
    const indices = input('indices', 'int32', [sampleCount]);
    const draws = byol.draws(sampleCount, input('key', 'int32', [2]), input('step', 'int32', []));
    return monitor(byol, format, indices, draws);
  });
  writer.signature('embed', (input) => {
    const { backbone } = networks.passes(graph, false).online;
    const features = (bytes: Tensor) => networks.represent(backbone, normalizeBytes(format, bytes));
    return { features: inHalves(readBytes(format, input('path', 'string', [])), features) };
  });
  writer.signature('nearest', (input) => {
    const [bank, queries] = [input('bank', 'float32', [-1, -1]), input('queries', 'float32', [-1, -1])];
    const cosines = matmul(normalizeRows(queries), normalizeRows(bank), false, true);
    const { values, columns } = largest(cosines, input('count', 'int32', []));
    return { cosines: values, places: columns };
  });
  writer.signature('views', (input) => {
    const indices = input('indices', 'int32', [viewSamples]);
    const draws = byol.draws(viewSamples, input('key', 'int32', [2]), input('step', 'int32', []));
    const [first, second] = byol.views(indices, draws);
    return { views: concat([gatherImages(format, indices), first, second], 0) };
  });
}

/** Images whose augmented views the report shows. */
export const viewSamples = 8;
