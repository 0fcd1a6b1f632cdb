import { first, Graph, type Shape, type Tensor } from './graph/graph';
import { storedConstant } from './graph/ops/constant';
import { savedModel } from './graph/saved-model';
import { normalizeBytes, type ImageFormat } from './images';
import { linear } from './model/layers';
import { Parameters, type Pass } from './model/parameters';
import { encode, resnet, type Backbone } from './model/resnet';

/** float32 values, little-endian, in TensorFlow's layout, by their names in a state. */
export type Weights = ReadonlyMap<string, { shape: Shape; bytes: Uint8Array }>;

/** An encoder, by the prefix of its names in the state; or encoder and head. */
export type ExportedNetwork = { prefix: string } | { prefix: string; classes: number };

/** Protocol buffers end at 2 GiB; some room for the graph. */
const largestWeights = 2 ** 31 - 2 ** 24;

/** A network that does not fit into one SavedModel. */
export class ModelTooLargeError extends Error {
  readonly retryable = false;
  override readonly name = 'ModelTooLargeError';
}

/**
 * A SavedModel for use elsewhere: the network alone, with its weights as constants, without files or variables beside it.
 * Its one signature `serving_default` takes `image`, uint8 [N, H, W, C] as decoded (0 to 255, RGB or grey), and gives
 * `features` [N, d], or with a head `logits` and `probabilities` [N, classes]; all float32, with running statistics, and
 * computed in float32 also where training was not.
 *
 * @throws ModelTooLargeError
 */
export function inferenceModel(
  model: Backbone,
  format: ImageFormat,
  weights: Weights,
  network: ExportedNetwork,
): Uint8Array {
  refuseTooLarge([...weights.values()].reduce((sum, { bytes }) => sum + bytes.length, 0));
  const graph = new Graph();
  // Everything that reads a variable finds its value here.
  for (const [name, { shape, bytes }] of weights) graph.reads.set(name, storedConstant(graph, name, shape, bytes));
  const { height, width, channels } = format;
  const image = graph.placeholder('image', 'uint8', [-1, height, width, channels]);
  const pass = (prefix: string): Pass => {
    return { graph, parameters: new Parameters(prefix), training: false, compute: 'float32', statistics: new Map() };
  };
  const [backbone, head] = [pass(network.prefix), pass('')];
  const { avgpool } = encode(backbone, resnet(model), normalizeBytes(format, image));
  const outputs: Record<string, Tensor> =
    'classes' in network ? classified(linear(head, 'fc', avgpool, network.classes)) : { features: avgpool };
  for (const { name, shape } of [...backbone.parameters.all, ...head.parameters.all])
    if (weights.get(name)?.shape.join() !== shape.join())
      throw new Error(`the state has no ${name} of shape [${shape.join(', ')}], which the network needs`);
  return savedModel(graph, { serving_default: { inputs: { image }, outputs } });
}

/** @param bytes of all weights @throws ModelTooLargeError */
export function refuseTooLarge(bytes: number): void {
  if (bytes <= largestWeights) return;
  throw new ModelTooLargeError(
    `The network's weights are ${(bytes / 2 ** 30).toFixed(1)} GiB, and a SavedModel with its weights inside ends at 2 GiB. ` +
      `Take the safetensors files, or train a narrower network (model.width).`,
  );
}

function classified(logits: Tensor): Record<string, Tensor> {
  const softmax = logits.node.graph.add('Softmax', [logits], {
    attributes: { T: { type: 'float32' } },
    outputs: [{ slot: 'softmax', dtype: 'float32', shape: logits.shape }],
  });
  return { logits, probabilities: first(softmax) };
}
