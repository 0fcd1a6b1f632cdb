import {
  dtypeNumber,
  type Attribute,
  type Graph,
  type GraphFunction,
  type Node,
  type Shape,
  type Tensor,
} from './graph';
import { encodeSavedModel } from './messages';

/** What one `predict` call feeds and fetches, by name. Inputs are placeholders of the graph. */
export interface Signature {
  readonly inputs: Readonly<Record<string, Tensor>>;
  readonly outputs: Readonly<Record<string, Tensor>>;
}

/** What TensorFlow Serving asks of the signature that it serves; ours have their own names. */
const methodNames: Readonly<Record<string, string>> = { serving_default: 'tensorflow/serving/predict' };

/** GraphDef version of TensorFlow 2.x; operations behave as of this version. */
const producer = 1882;

/** The bytes of saved_model.pb for a graph and its signatures. */
export function savedModel(graph: Graph, signatures: Readonly<Record<string, Signature>>): Uint8Array {
  const nothing = graph.add('NoOp', [], { name: 'initialize_nothing' });
  const signatureDef = Object.fromEntries(
    Object.entries(signatures).map(([name, { inputs, outputs }]) => [
      name,
      { methodName: methodNames[name] ?? name, inputs: infos(inputs), outputs: infos(outputs) },
    ]),
  );
  return encodeSavedModel({
    savedModelSchemaVersion: 1,
    metaGraphs: [
      {
        metaInfoDef: { tags: ['serve'], tensorflowVersion: '2.21.0' },
        graphDef: {
          node: graph.nodes.map((node) => nodeDef(node, mainName)),
          library: { function: graph.functions.map(functionDef) },
          versions: { producer },
        },
        // The loader looks for an initialization of this name.
        signatureDef: {
          ...signatureDef,
          __saved_model_init_op: {
            methodName: '',
            outputs: { __saved_model_init_op: { name: nothing.name, dtype: 0, tensorShape: { unknownRank: true } } },
          },
        },
      },
    ],
  });
}

const infos = (tensors: Readonly<Record<string, Tensor>>) =>
  Object.fromEntries(
    Object.entries(tensors).map(([key, tensor]) => [
      key,
      {
        name: `${tensor.node.name}:${tensor.index}`,
        dtype: dtypeNumber[tensor.dtype],
        tensorShape: shapeProto(tensor.shape),
      },
    ]),
  );

const mainName = (tensor: Tensor): string =>
  tensor.index === 0 ? tensor.node.name : `${tensor.node.name}:${tensor.index}`;

/** In a function: the outputs that TensorFlow defines as one list share a slot and are counted in it. */
function bodyName(tensor: Tensor): string {
  const { name, op, outputs } = tensor.node;
  if (op === 'Placeholder') return name;
  return `${name}:${tensor.slot}:${outputs.filter(({ slot }) => slot === tensor.slot).indexOf(tensor)}`;
}

function nodeDef(node: Node, inputName: (tensor: Tensor) => string) {
  return {
    name: node.name,
    op: node.op,
    input: [...node.inputs.map(inputName), ...node.control.map(({ name }) => `^${name}`)],
    attr: Object.fromEntries(Object.entries(node.attributes).map(([key, value]) => [key, attrValue(value)])),
  };
}

function functionDef({ name, graph, arguments: inputs, results, effects }: GraphFunction) {
  const argument = (tensor: Tensor, argName: string) => ({ name: argName, type: dtypeNumber[tensor.dtype] });
  return {
    signature: {
      name,
      inputArg: inputs.map((tensor) => argument(tensor, tensor.node.name)),
      outputArg: results.map((tensor, position) => argument(tensor, `result${position}`)),
      isStateful: true,
      controlOutput: effects.map((node) => node.name),
    },
    nodeDef: graph.nodes.filter((node) => node.op !== 'Placeholder').map((node) => nodeDef(node, bodyName)),
    ret: Object.fromEntries(results.map((tensor, position) => [`result${position}`, bodyName(tensor)])),
    controlRet: Object.fromEntries(effects.map((node) => [node.name, node.name])),
  };
}

const shapeProto = (shape: Shape) => ({ dim: shape.map((size) => ({ size })) });

function attrValue(attribute: Attribute): Record<string, unknown> {
  if ('type' in attribute) return { type: dtypeNumber[attribute.type] };
  if ('types' in attribute) return { list: { type: attribute.types.map((type) => dtypeNumber[type]) } };
  if ('shape' in attribute) return { shape: shapeProto(attribute.shape) };
  if ('shapes' in attribute) return { list: { shape: attribute.shapes.map(shapeProto) } };
  if ('int' in attribute) return { i: attribute.int };
  if ('ints' in attribute) return { list: { i: attribute.ints } };
  if ('float' in attribute) return { f: attribute.float };
  if ('bool' in attribute) return { b: attribute.bool };
  if ('text' in attribute) return { s: Buffer.from(attribute.text) };
  if ('function' in attribute) return { func: { name: attribute.function } };
  const { dtype, shape, bytes } = attribute.constant;
  return { tensor: { dtype: dtypeNumber[dtype], tensorShape: shapeProto(shape), tensorContent: bytes } };
}
