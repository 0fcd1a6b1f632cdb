import { philox, type Words4 } from './philox';

/**
 * A random order of 0 .. n - 1 that the key alone determines (Fisher-Yates over counter-based draws).
 *
 * @param n 0 to 2 ** 31 - 1
 * @param key one to four 32-bit integers, signed or not, that name the order; [1] and [1, 0] are the same key
 * @throws RangeError
 */
export function permutation(n: number, key: readonly number[]): Int32Array {
  if (!Number.isInteger(n) || n < 0 || n > 0x7fff_ffff) throw new RangeError(`cannot permute ${n} things`);
  if (key.length < 1 || key.length > 4 || !key.every(isWord))
    throw new RangeError(`a key is one to four 32-bit integers, not [${key.join(', ')}]`);
  const order = Int32Array.from({ length: n }, (_, at) => at);
  const [k0 = 0, k1 = 0, k2 = 0, k3 = 0] = key;
  let words: Words4 = [0, 0, 0, 0];
  for (let last = n - 1; last > 0; last--) {
    const draw = n - 1 - last;
    if (draw % 2 === 0) words = philox([draw >>> 1, 0, k2, k3], [k0, k1]);
    const [high, low] = draw % 2 === 0 ? [words[0], words[1]] : [words[2], words[3]];
    // 53 random bits as a fraction: the bias of the product is below n / 2 ** 53.
    const fraction = ((high >>> 5) * 2 ** 26 + (low >>> 6)) / 2 ** 53;
    const other = Math.floor(fraction * (last + 1));
    const kept = order[last] as number;
    order[last] = order[other] as number;
    order[other] = kept;
  }
  return order;
}

const isWord = (value: number) => Number.isInteger(value) && value >= -0x8000_0000 && value <= 0xffff_ffff;
