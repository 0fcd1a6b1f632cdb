/** The numbers of formula.py, bit for bit: `count` values in [0, 1), Murmur3's finalizer over (stream, index). */
export function uniform(stream: number, count: number): Float64Array {
  const start = Math.imul(stream + 1, 0x85ebca77);
  return Float64Array.from({ length: count }, (_, index) => {
    let h = (Math.imul(index + 1, 0x9e3779b1) + start) >>> 0;
    h ^= h >>> 16;
    h = Math.imul(h, 0x85ebca6b);
    h ^= h >>> 13;
    h = Math.imul(h, 0xc2b2ae35);
    h ^= h >>> 16;
    return (h >>> 0) / 4294967296;
  });
}

/** `count` values in [-1, 1). */
export const signed = (stream: number, count: number): Float64Array => uniform(stream, count).map((u) => 2 * u - 1);
