import fc from 'fast-check';
import { philox, type Words4 } from '../../datasets/philox';
import { permutation } from '../../datasets/permutation';
import reference from '../reference/fixtures/permutation.json';

test('Philox gives what an independent implementation and its authors state', () => {
  expect(reference.philox.length).toBeGreaterThan(10);
  for (const { counter, key, out } of reference.philox) {
    expect(philox(counter as Words4, key as [number, number])).toEqual(out);
  }
});

test('orders are those of an independent implementation', () => {
  for (const { n, key, order } of reference.permutations) expect([...permutation(n, key)]).toEqual(order);
});

const words = fc.integer({ min: -(2 ** 31), max: 2 ** 32 - 1 });
const keys = fc.array(words, { minLength: 1, maxLength: 4 });

test('every number comes once, and the same key gives the same order', () => {
  fc.assert(
    fc.property(fc.nat(2000), keys, (n, key) => {
      const order = permutation(n, key);
      expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, index) => index));
      expect(permutation(n, key)).toEqual(order);
    }),
  );
});

test('a key that differs in one word gives another order', () => {
  fc.assert(
    fc.property(fc.tuple(words, words, words, words), fc.nat(3), words, (key, at, other) => {
      fc.pre(((key[at] as number) ^ other) !== 0);
      const changed = key.map((word, index) => (index === at ? other : word));
      expect(permutation(50, key)).not.toEqual(permutation(50, changed));
    }),
  );
});

test('every place is equally likely: 6000 orders of 6 against chi-squared at 1 in 10,000', () => {
  const counts = Array.from({ length: 6 }, () => new Array<number>(6).fill(0));
  for (let key = 0; key < 6000; key++) {
    permutation(6, [key]).forEach((value, place) => {
      (counts[place] as number[])[value] = ((counts[place] as number[])[value] as number) + 1;
    });
  }
  for (const row of counts) {
    const chi = row.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    expect(chi).toBeLessThan(25.7);
  }
});

test.each([
  [-1, [1]],
  [1.5, [1]],
  [2 ** 31, [1]],
  [3, []],
  [3, [1, 2, 3, 4, 5]],
  [3, [0.5]],
  [3, [2 ** 32]],
  [3, [Number.NaN]],
])('permutation(%d, %j) is refused', (n, key) => {
  expect(() => permutation(n, key)).toThrow(RangeError);
});
