import { first, type DType, type Shape, type Tensor } from '../graph';
import { constant, float32 } from './constant';
import { reshape } from './array';
import { sum } from './reduction';

/** The shape that two operands broadcast to (NumPy's rule). */
export function broadcastShape(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, position) => {
    const x = a[a.length - rank + position] ?? 1;
    const y = b[b.length - rank + position] ?? 1;
    if (x !== y && x !== 1 && y !== 1)
      throw new Error(`shapes [${a.join(', ')}] and [${b.join(', ')}] do not broadcast`);
    return x === 1 ? y : x;
  });
}

/** Sums a gradient over the dimensions along which its operand was broadcast. */
function sumTo(gradient: Tensor, shape: Shape): Tensor {
  const lead = gradient.shape.length - shape.length;
  const axes = gradient.shape.flatMap((length, axis) =>
    axis < lead || (shape[axis - lead] === 1 && length !== 1) ? [axis] : [],
  );
  const summed = axes.length > 0 ? sum(gradient, axes, true) : gradient;
  return lead > 0 ? reshape(summed, shape) : summed;
}

function binary(op: string, a: Tensor, b: Tensor, dtype: DType = a.dtype): Tensor {
  if (a.dtype !== b.dtype) throw new Error(`${op} of ${a.dtype} and ${b.dtype}`);
  return first(
    a.node.graph.add(op, [a, b], {
      attributes: { T: { type: a.dtype } },
      outputs: [{ slot: 'z', dtype, shape: broadcastShape(a.shape, b.shape) }],
    }),
  );
}

function unary(op: string, x: Tensor, dtype: DType = x.dtype): Tensor {
  return first(
    x.node.graph.add(op, [x], {
      attributes: { T: { type: x.dtype } },
      outputs: [{ slot: 'y', dtype, shape: x.shape }],
    }),
  );
}

/** A number beside a tensor, in the tensor's type. */
export function scalar(like: Tensor, value: number): Tensor {
  const graph = like.node.graph;
  if (like.dtype === 'float32') return float32(graph, value);
  if (like.dtype === 'bfloat16' || like.dtype === 'float16') return cast(float32(graph, value), like.dtype);
  if (like.dtype === 'int32' || like.dtype === 'int64') return constant(graph, like.dtype, [value]);
  throw new Error(`no scalar of type ${like.dtype}`);
}
type Operand = Tensor | number;
const operand = (like: Tensor, value: Operand): Tensor => (typeof value === 'number' ? scalar(like, value) : value);

export function add(a: Tensor, other: Operand): Tensor {
  const b = operand(a, other);
  const y = binary('AddV2', a, b);
  y.node.gradient = ([dy]) => (dy ? [sumTo(dy, a.shape), sumTo(dy, b.shape)] : [null, null]);
  return y;
}

export function subtract(a: Tensor, other: Operand): Tensor {
  const b = operand(a, other);
  const y = binary('Sub', a, b);
  y.node.gradient = ([dy]) => (dy ? [sumTo(dy, a.shape), sumTo(negate(dy), b.shape)] : [null, null]);
  return y;
}

export function multiply(a: Tensor, other: Operand): Tensor {
  const b = operand(a, other);
  const y = binary('Mul', a, b);
  y.node.gradient = ([dy]) => (dy ? [sumTo(multiply(dy, b), a.shape), sumTo(multiply(dy, a), b.shape)] : [null, null]);
  return y;
}

/** a / b; no gradient rule: the programs divide only where nothing is trained. */
export const divide = (a: Tensor, b: Operand): Tensor => binary('RealDiv', a, operand(a, b));
export const floorDivide = (a: Tensor, b: Operand): Tensor => binary('FloorDiv', a, operand(a, b));
export const maximum = (a: Tensor, b: Operand): Tensor => binary('Maximum', a, operand(a, b));
export const minimum = (a: Tensor, b: Operand): Tensor => binary('Minimum', a, operand(a, b));
export const power = (a: Tensor, b: Operand): Tensor => binary('Pow', a, operand(a, b));
export const less = (a: Tensor, b: Operand): Tensor => binary('Less', a, operand(a, b), 'bool');
export const greater = (a: Tensor, b: Operand): Tensor => binary('Greater', a, operand(a, b), 'bool');
export const greaterEqual = (a: Tensor, b: Operand): Tensor => binary('GreaterEqual', a, operand(a, b), 'bool');

export function negate(x: Tensor): Tensor {
  const y = unary('Neg', x);
  y.node.gradient = ([dy]) => [dy ? negate(dy) : null];
  return y;
}

export function square(x: Tensor): Tensor {
  const y = unary('Square', x);
  y.node.gradient = ([dy]) => [dy ? multiply(dy, multiply(x, 2)) : null];
  return y;
}

/** x ** -0.5 */
export function rsqrt(x: Tensor): Tensor {
  const y = unary('Rsqrt', x);
  y.node.gradient = ([dy]) => [dy ? multiply(dy, multiply(multiply(y, multiply(y, y)), -0.5)) : null];
  return y;
}

export const sqrt = (x: Tensor): Tensor => unary('Sqrt', x);
export const exp = (x: Tensor): Tensor => unary('Exp', x);
export const log = (x: Tensor): Tensor => unary('Log', x);
export const cos = (x: Tensor): Tensor => unary('Cos', x);
export const sin = (x: Tensor): Tensor => unary('Sin', x);
export const abs = (x: Tensor): Tensor => unary('Abs', x);
export const floor = (x: Tensor): Tensor => unary('Floor', x);
/** bool: neither infinite nor NaN. */
export const isFinite = (x: Tensor): Tensor => unary('IsFinite', x, 'bool');

/** Values held between two bounds. */
export const clamp = (x: Tensor, low: number, high: number): Tensor => minimum(maximum(x, low), high);

/** `yes` where the condition holds, `no` elsewhere; all broadcast. */
export function where(condition: Tensor, yes: Tensor, no: Tensor): Tensor {
  const shape = broadcastShape(condition.shape, broadcastShape(yes.shape, no.shape));
  return first(
    yes.node.graph.add('SelectV2', [condition, yes, no], {
      attributes: { T: { type: yes.dtype } },
      outputs: [{ slot: 'output', dtype: yes.dtype, shape }],
    }),
  );
}

/** The same values in another type; the gradient is cast back. */
export function cast(x: Tensor, dtype: DType): Tensor {
  if (x.dtype === dtype) return x;
  const y = first(
    x.node.graph.add('Cast', [x], {
      attributes: { SrcT: { type: x.dtype }, DstT: { type: dtype }, Truncate: { bool: false } },
      outputs: [{ slot: 'y', dtype, shape: x.shape }],
    }),
  );
  y.node.gradient = ([dy]) => [dy ? cast(dy, x.dtype) : null];
  return y;
}

/** The same values, through which no gradient flows. */
export function stopGradient(x: Tensor): Tensor {
  return first(
    x.node.graph.add('StopGradient', [x], {
      attributes: { T: { type: x.dtype } },
      outputs: [{ slot: 'output', dtype: x.dtype, shape: x.shape }],
    }),
  );
}

/** The sum of tensors of one shape. */
export function addN(terms: readonly Tensor[]): Tensor {
  const [head] = terms;
  if (!head) throw new Error('addN takes at least one tensor');
  return first(
    head.node.graph.add('AddN', terms, {
      attributes: { T: { type: head.dtype }, N: { int: terms.length } },
      outputs: [{ slot: 'sum', dtype: head.dtype, shape: head.shape }],
    }),
  );
}
