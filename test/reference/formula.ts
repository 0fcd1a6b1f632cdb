// Test files run in a context of their own, where each look at a global costs a call.
const { imul } = Math;

/** The numbers of formula.py, bit for bit: `count` values in [0, 1), Murmur3's finalizer over (stream, index). */
export function uniform(stream: number, count: number): Float64Array {
  const start = imul(stream + 1, 0x85ebca77);
  const values = new Float64Array(count);
  for (let index = 0; index < count; index++) {
    let h = (imul(index + 1, 0x9e3779b1) + start) >>> 0;
    h ^= h >>> 16;
    h = imul(h, 0x85ebca6b);
    h ^= h >>> 13;
    h = imul(h, 0xc2b2ae35);
    h ^= h >>> 16;
    values[index] = (h >>> 0) / 4294967296;
  }
  return values;
}

/** `count` values in [-1, 1). */
export const signed = (stream: number, count: number): Float64Array => uniform(stream, count).map((u) => 2 * u - 1);
