import { WeightsError } from './weights-error';

/** Types of numbers, by safetensors' names, with the bytes of one. */
export const itemBytes = {
  ...{ F64: 8, F32: 4, F16: 2, BF16: 2, I64: 8, I32: 4, I16: 2, I8: 1, U8: 1, BOOL: 1 },
} as const;
export type Dtype = keyof typeof itemBytes;

/** Where the values of a tensor lie among those of a storage; all in numbers of items. */
export interface View {
  offset: number;
  shape: readonly number[];
  strides: readonly number[];
}

const mostDimensions = 8;
/** Values of one tensor: far above any layer of a ResNet. */
const mostValues = 2 ** 31;

/** `[2, 3]`; of more numbers than any tensor has, the first. */
const shownList = (numbers: readonly unknown[]): string => {
  const some = numbers.slice(0, mostDimensions).map((each) => String(each).slice(0, 30));
  return `[${some.join(', ')}${numbers.length > mostDimensions ? `, ... ${numbers.length} in all` : ''}]`;
};

/** The number of values of a shape. @throws WeightsError where it is no shape, or one too large to be a layer's */
export function valuesOf(shape: readonly unknown[]): number {
  const isShape = shape.length <= mostDimensions && shape.every((length) => isCount(length));
  const count = isShape ? (shape as number[]).reduce((product, length) => product * length, 1) : NaN;
  if (!(count <= mostValues)) throw new WeightsError(`it has a tensor of shape ${shownList(shape)}`);
  return count;
}

export const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** Strides of a tensor whose values lie one after the other, the last dimension's closest. */
export function contiguousStrides(shape: readonly number[]): number[] {
  const strides: number[] = [];
  let stride = 1;
  for (const length of [...shape].reverse()) {
    strides.unshift(stride);
    stride *= length;
  }
  return strides;
}

/** @throws WeightsError where the view leaves a storage of so many items */
export function checkView({ offset, shape, strides }: View, items: number): void {
  const sound = isCount(offset) && strides.length === shape.length && strides.every(isCount);
  const last = shape.reduce((at, length, axis) => at + (length - 1) * (strides[axis] as number), offset);
  if (!sound || (valuesOf(shape) > 0 && !(last < items)))
    throw new WeightsError(
      `it has a tensor of shape ${shownList(shape)} with strides ${shownList(strides)} from item ${offset} on, of a storage ` +
        `of ${items} items: it does not lie inside`,
    );
}

/** The values of a view of a storage's bytes (little-endian) as float32, row after row. */
export function float32Values(bytes: Buffer, dtype: Dtype, view: View): Float32Array {
  checkView(view, Math.floor(bytes.length / itemBytes[dtype]));
  const { offset, shape, strides } = view;
  const values = new Float32Array(valuesOf(shape));
  if (values.length === 0) return values;
  const read = readers[dtype];
  const place = new Array<number>(shape.length).fill(0);
  let item = offset;
  for (let at = 0; at < values.length; at++) {
    values[at] = read(bytes, item * itemBytes[dtype]);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const stride = strides[axis] as number;
      item += stride;
      if (++(place[axis] as number) < (shape[axis] as number)) break;
      item -= stride * (shape[axis] as number);
      place[axis] = 0;
    }
  }
  return values;
}

const word = new DataView(new ArrayBuffer(4));

/** bfloat16 is the upper half of a float32. */
function bfloat16(bytes: Buffer, at: number): number {
  word.setUint16(0, bytes.readUInt16LE(at));
  word.setUint16(2, 0);
  return word.getFloat32(0);
}

/** IEEE 754 binary16. */
function float16(bytes: Buffer, at: number): number {
  const bits = bytes.readUInt16LE(at);
  const [sign, exponent, fraction] = [bits & 0x8000 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}

const readers: Record<Dtype, (bytes: Buffer, at: number) => number> = {
  F64: (bytes, at) => bytes.readDoubleLE(at),
  F32: (bytes, at) => bytes.readFloatLE(at),
  F16: float16,
  BF16: bfloat16,
  I64: (bytes, at) => Number(bytes.readBigInt64LE(at)),
  I32: (bytes, at) => bytes.readInt32LE(at),
  I16: (bytes, at) => bytes.readInt16LE(at),
  I8: (bytes, at) => bytes.readInt8(at),
  U8: (bytes, at) => bytes.readUInt8(at),
  BOOL: (bytes, at) => bytes.readUInt8(at),
};
