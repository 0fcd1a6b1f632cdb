import { calledBy, reached, type DType, type Graph, type Node, type Tensor } from './graph';

const bytesOf: Record<DType, number> = {
  float32: 4,
  int32: 4,
  uint8: 1,
  string: 0,
  int64: 8,
  bool: 1,
  bfloat16: 2,
  float16: 2,
  resource: 0,
  uint64: 8,
};

/** Operations whose output is their first operand's buffer. */
const views = new Set(['Reshape', 'Identity', 'StopGradient']);
/** Operations that hold nothing of their own: constants are part of the program, variables of the state. */
const free = new Set(['Const', 'VarHandleOp', 'ReadVariableOp', 'Placeholder', 'PlaceholderWithDefault', 'NoOp']);
/** Operations that TensorFlow lets write over an operand that nobody needs any more. */
const inPlace = new Set(
  (
    'AddV2 AddN BiasAdd Sub Mul RealDiv Maximum Minimum Pow Relu ReluGrad Neg Square Rsqrt Sqrt Exp Log Abs Floor Cos Sin ' +
    'FusedBatchNormV3'
  ).split(' '),
);

interface Buffer {
  bytes: number;
  /** Nodes that still have to read it. */
  readers: number;
}

/**
 * About how many bytes the values of one call hold at most at one time, besides variables and what is fed: the nodes run
 * in the order in which they were made, a value is dropped after its last reader. TensorFlow runs several nodes side by side
 * and kernels have room of their own, so the truth lies somewhat higher.
 *
 * @param roots what the call fetches, and what runs for its effects
 * @param open stands for each size that is known only when the program runs
 */
export function peakBytes(graph: Graph, roots: readonly Node[], open: number): number {
  const needed = reached(roots);
  const nodes = graph.nodes.filter((node) => needed.has(node));
  const sizes = new Sizes(open);
  const buffers = buffersOf(nodes, new Set(roots), sizes);
  let live = 0;
  let peak = 0;
  for (const node of nodes) {
    const own = buffers.owned.get(node) ?? [];
    live += own.reduce((sum, buffer) => sum + buffer.bytes, 0);
    peak = Math.max(peak, live + bodyBytes(graph, node, open));
    for (const buffer of [...own, ...readsOf(node, buffers.of)]) if (--buffer.readers === 0) live -= buffer.bytes;
  }
  return peak;
}

/** What a loop's body or a condition's branch needs; its arguments are the node's own. */
function bodyBytes(graph: Graph, node: Node, open: number): number {
  const body = node.attributes['body'] ?? node.attributes['then_branch'];
  if (!body || !('function' in body)) return 0;
  return peakBytes(...calledBy(graph, body.function), open);
}

const readsOf = (node: Node, of: ReadonlyMap<Tensor, Buffer>): Buffer[] =>
  [...new Set(node.inputs)].flatMap((input) => of.get(input) ?? []);

/** The buffer of each value, and which of them each node makes. A node counts as a reader of what it makes. */
function buffersOf(nodes: readonly Node[], roots: ReadonlySet<Node>, sizes: Sizes) {
  const of = new Map<Tensor, Buffer>();
  const owned = new Map<Node, Buffer[]>();
  const readers = new Map<Tensor, number>();
  for (const node of nodes) for (const input of new Set(node.inputs)) readers.set(input, (readers.get(input) ?? 0) + 1);
  for (const node of nodes) {
    if (free.has(node.op)) continue;
    const made: Buffer[] = [];
    node.outputs.forEach((tensor, index) => {
      const reading = (readers.get(tensor) ?? 0) + (roots.has(node) ? 1 : 0);
      const given = index === 0 ? handedOn(node, tensor, of, readers, sizes) : undefined;
      const buffer = given ?? { bytes: sizes.bytes(tensor), readers: 1 };
      buffer.readers += reading;
      of.set(tensor, buffer);
      if (!given) made.push(buffer);
    });
    owned.set(node, made);
  }
  return { of, owned };
}

/** The operand whose buffer becomes the output's, where there is one. */
function handedOn(
  node: Node,
  output: Tensor,
  of: ReadonlyMap<Tensor, Buffer>,
  readers: ReadonlyMap<Tensor, number>,
  sizes: Sizes,
): Buffer | undefined {
  const [source] = node.inputs;
  if (views.has(node.op) || (source && takesRows(node, source, output))) return source && of.get(source);
  if (!inPlace.has(node.op)) return undefined;
  const bytes = sizes.bytes(output);
  const spent = node.inputs.find(
    (input) => readers.get(input) === 1 && of.get(input)?.bytes === bytes && !views.has(input.node.op),
  );
  return spent && of.get(spent);
}

/** Whole rows from a place on, which lie together in memory. */
const takesRows = ({ op }: Node, source: Tensor, output: Tensor): boolean =>
  op === 'Slice' && source.shape.slice(1).join() === output.shape.slice(1).join();

/** Sizes of values whose shapes are not all known in advance. */
class Sizes {
  private readonly known = new Map<Tensor, number>();

  constructor(private readonly open: number) {}

  bytes(tensor: Tensor): number {
    return this.elements(tensor) * bytesOf[tensor.dtype];
  }

  private elements(tensor: Tensor): number {
    const before = this.known.get(tensor);
    if (before !== undefined) return before;
    const certain = tensor.shape.reduce((product, length) => (length === -1 ? product : product * length), 1);
    const unknown = tensor.shape.filter((length) => length === -1).length;
    const count =
      unknown === 0 ? certain : unknown === 1 ? this.withLeading(tensor, certain) : certain * this.open ** unknown;
    this.known.set(tensor, count);
    return count;
  }

  /** Where one length is open: a view has its operand's elements, another value as many rows as its first operand. */
  private withLeading(tensor: Tensor, certain: number): number {
    const [source] = tensor.node.inputs;
    if (!source || source.node.op === 'DecodeRaw') return certain * this.open;
    if (tensor.node.op === 'Reshape') return this.elements(source);
    if (tensor.shape[0] !== -1 || source.shape[0] !== -1 || source.shape.length < 2) return certain * this.open;
    const rest = source.shape.slice(1).reduce((product, length) => product * (length === -1 ? this.open : length), 1);
    return certain * (this.elements(source) / Math.max(1, rest));
  }
}
