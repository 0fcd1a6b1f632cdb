/** TensorFlow's numbers for the element types that the programs use (tensorflow/core/framework/types.proto). */
export const dtypeNumber = {
  float32: 1,
  int32: 3,
  uint8: 4,
  string: 7,
  int64: 9,
  bool: 10,
  bfloat16: 14,
  float16: 19,
  resource: 20,
  uint64: 23,
} as const;
export type DType = keyof typeof dtypeNumber;

/** Sizes of the dimensions; -1 is known only when the program runs. */
export type Shape = readonly number[];

export type Attribute =
  | { type: DType }
  | { types: readonly DType[] }
  | { shape: Shape }
  | { shapes: readonly Shape[] }
  | { int: number }
  | { ints: readonly number[] }
  | { float: number }
  | { bool: boolean }
  | { text: string }
  | { constant: { dtype: DType; shape: Shape; bytes: Uint8Array } }
  | { function: string };

/** One output of a node. `slot` is the output's name in TensorFlow's definition of the operation. */
export interface Tensor {
  readonly node: Node;
  readonly index: number;
  readonly slot: string;
  readonly dtype: DType;
  readonly shape: Shape;
}

/** From the gradients by the outputs (null: none arrives) to the gradients by the operands (null: none flows). */
export type GradientRule = (byOutput: readonly (Tensor | null)[]) => (Tensor | null)[];

export interface Node {
  readonly graph: Graph;
  readonly id: number;
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly Tensor[];
  readonly control: readonly Node[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly outputs: readonly Tensor[];
  gradient?: GradientRule;
  /** What the rule's results belong to, where that is not `inputs`: a rule for several nodes as one. */
  operands?: readonly Tensor[];
}

export interface OutputShape {
  slot: string;
  dtype: DType;
  shape: Shape;
}

interface NodeOptions {
  attributes?: Record<string, Attribute>;
  outputs?: readonly OutputShape[];
  control?: readonly Node[];
  name?: string;
}

/** The kind of device that a graph is written for. */
export type Device = 'cpu' | 'gpu';

/** Nodes in the order in which they were made, which is a topological order. The body of a function is a graph of its own. */
export class Graph {
  readonly nodes: Node[] = [];
  readonly functions: GraphFunction[];
  private readonly made = new Map<string, Tensor>();
  /** Each variable's value at the start of the step, by its name: a write leaves it, `readAfter` has what comes then. */
  readonly reads = new Map<string, Tensor>();
  /** What `reads` wait for: in the body of a loop the writes of the round before. */
  readsAfter: readonly Node[] = [];
  /** In the body of a loop, which takes handles of variables as arguments: the argument for one of the graph around it. */
  capture?: (handle: Tensor) => Tensor;

  /** @param device that it is written for; by default the root's, or any */
  constructor(
    readonly root?: Graph,
    readonly device: Device | undefined = root?.device,
  ) {
    this.functions = root ? root.functions : [];
  }

  add(op: string, inputs: readonly Tensor[], options: NodeOptions = {}): Node {
    for (const input of inputs)
      if (input.node.graph !== this) throw new Error(`${op} takes ${input.node.name} from another graph`);
    const id = this.nodes.length;
    const outputs: Tensor[] = [];
    const node: Node = {
      graph: this,
      id,
      name: options.name ?? `${op}_${id}`,
      op,
      inputs,
      control: options.control ?? [],
      attributes: options.attributes ?? {},
      outputs,
    };
    options.outputs?.forEach((output, index) => outputs.push({ node, index, ...output }));
    this.nodes.push(node);
    return node;
  }

  /** The same tensor each time it is asked for under `key`: for constants and handles. */
  once(key: string, make: () => Tensor): Tensor {
    const known = this.made.get(key);
    if (known) return known;
    const tensor = make();
    this.made.set(key, tensor);
    return tensor;
  }

  /** A fed value. In a function's body it is an argument. */
  placeholder(name: string, dtype: DType, shape: Shape): Tensor {
    return first(
      this.add('Placeholder', [], {
        name,
        attributes: { dtype: { type: dtype }, shape: { shape } },
        outputs: [{ slot: 'output', dtype, shape }],
      }),
    );
  }
}

/** A graph that another node calls: arguments are its placeholders, in order. */
export interface GraphFunction {
  readonly name: string;
  readonly graph: Graph;
  readonly arguments: readonly Tensor[];
  readonly results: readonly Tensor[];
  /** Nodes that run even though no result needs them: the variables' updates. */
  readonly effects: readonly Node[];
}

/** The first output of a node. */
export function first(node: Node): Tensor {
  const output = node.outputs[0];
  if (!output) throw new Error(`${node.op} has no output`);
  return output;
}

/** Number of elements; throws where a size is unknown. */
export function elements(shape: Shape): number {
  if (shape.includes(-1)) throw new Error(`the shape [${shape.join(', ')}] is not known in advance`);
  return shape.reduce((product, size) => product * size, 1);
}

/** A dimension by its position; negative positions count from the end. */
export function size(tensor: Tensor, dimension: number): number {
  const value = tensor.shape.at(dimension);
  if (value === undefined) throw new Error(`${tensor.node.name} has no dimension ${dimension}`);
  return value;
}

/** The nodes that run when the given ones do, with these. */
export function reached(roots: readonly Node[]): Set<Node> {
  const found = new Set<Node>();
  const waiting = [...roots];
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    if (found.has(node)) continue;
    found.add(node);
    waiting.push(...node.control, ...node.inputs.map((input) => input.node));
  }
  return found;
}

/** The body of a function by its name, and the nodes that a call of it runs for. */
export function calledBy(graph: Graph, name: string): [body: Graph, roots: Node[]] {
  const called = graph.functions.find((each) => each.name === name);
  if (!called) throw new Error(`there is no function ${name}`);
  return [called.graph, [...called.results.map((result) => result.node), ...called.effects]];
}
