import type { ExperimentSpec } from '../../experiment/resolve';
import { augment } from '../augment/view';
import { gradients } from '../graph/autodiff';
import type { Device, Graph, Node, Tensor } from '../graph/graph';
import { gather } from '../graph/ops/array';
import { constant, fill } from '../graph/ops/constant';
import { crossEntropy } from '../graph/ops/cross-entropy';
import { add, cast } from '../graph/ops/elementwise';
import { inHalves } from '../graph/ops/halves';
import { repeat } from '../graph/ops/loop';
import { mean } from '../graph/ops/mean';
import { assign, barrier } from '../graph/ops/variable';
import { gatherBytes, gatherImages, normalizeBytes, normalizeImages, readBytes, type ImageFormat } from '../images';
import { linear } from '../model/layers';
import { computeTypes, initialize, Parameters, updateRunningStatistics, type Pass } from '../model/parameters';
import { encode, resnet } from '../model/resnet';
import { lossScale, lossScaleState, scalesLoss, startLossScale, updateWhereFinite } from '../optimizers/loss-scale';
import { updateRule, type UpdateInputs } from '../optimizers/optimizer';
import { optimizerState, updateAll } from '../optimizers/step';
import { done, ProgramWriter, type Program, type SignatureWriter } from '../program';
import { nanWhereDiverged, recordLoss, roundOf } from '../rounds';
import { restoreState, stateLayout, type StateLayout } from '../state';

export interface ClassifierProgram extends Program {
  /** The file that `encoder` takes: a pretrained encoder's weights and running statistics, by torchvision's names. */
  encoder: StateLayout;
}

/**
 * A classifier on the encoder: one program for the supervised baseline and for fine-tuning, which differ in the
 * starting weights alone, and one for the linear probe, which trains the head and leaves the encoder as it is, with its
 * running statistics. Signatures besides those of every program:
 * - `init` (key): all weights drawn under the key
 * - `encoder` (path): the encoder's weights from a file, after `init`
 * - `train` (indices [K, batch], labels [K, batch], key [2], step, learning_rate [K]) -> loss [K]: K optimizer steps
 * - `predict` (indices [n]) -> logits [n, classes], with running statistics and without augmentation
 * - `predict_file` (path of a file of raw uint8 NHWC images) -> the same of the images of a file
 */
export function classifierProgram(
  spec: ExperimentSpec,
  format: ImageFormat,
  classes: number,
  batch: number,
  trains: 'network' | 'head',
  device: Device = 'cpu',
): ClassifierProgram {
  const writer = new ProgramWriter(device);
  const { graph } = writer;
  const network = new Network(spec, classes, trains);
  const rule = updateRule(spec.classifier.optimizer);
  writer.signature('train', trainSteps(spec, format, network, rule, batch));
  const slots = optimizerState(rule, network.trained, false);
  writer.signature('init', (input) => {
    const key = input('key', 'int32', []);
    const drawn = initialize(graph, network.all, key);
    const zeros = slots.map((slot) => assign(slot, fill(graph, slot.shape, 0)));
    return done(key, [...drawn, ...zeros, ...(scalesLoss(spec) ? startLossScale(graph) : [])]);
  });
  const logits = (bytes: Tensor) => {
    const passes = network.passes(graph, false);
    return { logits: inHalves(bytes, (half) => network.logits(passes, normalizeBytes(format, half))) };
  };
  writer.signature('predict', (input) => {
    return logits(gatherBytes(format, input('indices', 'int32', [-1])));
  });
  writer.signature('predict_file', (input) => {
    return logits(readBytes(format, input('path', 'string', [])));
  });
  const encoder = stateLayout(network.backbone.all, network.backbone.prefix);
  writer.signature('encoder', (input) => {
    const path = input('path', 'string', []);
    return done(constant(graph, 'int32', [1]), restoreState(network.backbone.all, encoder, path));
  });
  const variables = [...network.all, ...slots, ...(scalesLoss(spec) ? lossScaleState : [])];
  const traits = { sideBySide: 1, precision: spec.precision } as const;
  return { ...writer.finish(format, variables, stateLayout(variables), traits), encoder };
}

function trainSteps(
  spec: ExperimentSpec,
  format: ImageFormat,
  network: Network,
  rule: ReturnType<typeof updateRule>,
  batch: number,
): SignatureWriter {
  return (input) => {
    const [indices, labels] = [input('indices', 'int32', [-1, batch]), input('labels', 'int32', [-1, batch])];
    const [key, from] = [input('key', 'int32', [2]), input('step', 'int32', [])];
    const rates = input('learning_rate', 'float32', [-1]);
    const { count, losses } = roundOf(indices);
    const [trace] = repeat(
      'train',
      count,
      [indices, labels, key, from, rates],
      [losses],
      (body, round, inputs, [sofar]) => {
        const [places, truth, names, first, rate] = inputs as [Tensor, Tensor, Tensor, Tensor, Tensor];
        const at = add(first, round);
        const images = augmented(spec, format, gather(places, round, 0), names, at);
        const made = network.gradients(body, images, gather(truth, round, 0));
        const ready = [barrier(body, [made.loss.node])];
        const update = { learningRate: gather(rate, round, 0), step: cast(add(at, 1), 'float32') };
        const updates = network.update(made.gradients, rule, update, ready);
        const effects = [...updates, ...updateRunningStatistics(made.backbone, updates)];
        return { carried: [recordLoss(sofar as Tensor, round, made.loss)], effects };
      },
    );
    return { loss: nanWhereDiverged(trace as Tensor, network.backbone.all) };
  };
}

/** The images of one step, each augmented by draws of its own. */
function augmented(spec: ExperimentSpec, format: ImageFormat, indices: Tensor, key: Tensor, step: Tensor): Tensor {
  const name = [gather(key, constant(key.node.graph, 'int32', [0]), 0), step] as const;
  return normalizeImages(format, augment(gatherImages(format, indices), spec.classifier.augment, name));
}

/** Encoder and linear head. */
class Network {
  readonly backbone = new Parameters('backbone.');
  readonly head = new Parameters('');

  constructor(
    private readonly spec: ExperimentSpec,
    private readonly classes: number,
    private readonly trains: 'network' | 'head',
  ) {}

  get all() {
    return [...this.backbone.all, ...this.head.all];
  }

  get trained() {
    return this.trains === 'head' ? this.head.trained : [...this.backbone.trained, ...this.head.trained];
  }

  passes(graph: Graph, training: boolean): { backbone: Pass; head: Pass } {
    const compute = computeTypes[this.spec.precision];
    const pass = (parameters: Parameters, training: boolean): Pass => {
      return { graph, parameters, training, compute, statistics: new Map() };
    };
    return { backbone: pass(this.backbone, training && this.trains === 'network'), head: pass(this.head, training) };
  }

  /** @param x normalized images [N, H, W, C] -> [N, classes] float32 */
  logits(passes: { backbone: Pass; head: Pass }, x: Tensor): Tensor {
    const { avgpool } = encode(passes.backbone, resnet(this.spec.model), x);
    return cast(linear(passes.head, 'fc', avgpool, this.classes), 'float32');
  }

  gradients(graph: Graph, x: Tensor, labels: Tensor) {
    const passes = this.passes(graph, true);
    const loss = mean(crossEntropy(this.logits(passes, x), labels), [0]);
    const weights = this.trained.map((parameter) => graph.reads.get(parameter.name) as Tensor);
    const upstream = scalesLoss(this.spec) ? lossScale(graph) : constant(graph, 'float32', [1]);
    return { loss, gradients: gradients(loss, weights, upstream), backbone: passes.backbone };
  }

  /** One optimizer step; in fp16 where the gradients, which have the loss scale then, are finite. */
  update(
    gradients: readonly Tensor[],
    rule: ReturnType<typeof updateRule>,
    inputs: UpdateInputs,
    control: readonly Node[],
  ): Node[] {
    if (!scalesLoss(this.spec)) return updateAll(rule, this.trained, gradients, inputs, control);
    const update = (_graph: Graph, unscaled: readonly Tensor[], own: UpdateInputs) =>
      updateAll(rule, this.trained, unscaled, own, []);
    return updateWhereFinite({ name: 'train_update', gradients, inputs, more: [], update }, control);
  }
}
