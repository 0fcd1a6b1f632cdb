import fc from 'fast-check';
import { editDistance, suggest } from '../../experiment/suggest';

describe('editDistance', () => {
  test.each([
    ['', '', 0],
    ['abc', '', 3],
    ['epochs', 'epoch', 1],
    ['kernal', 'kernel', 1],
    ['taht', 'that', 1],
    ['batch', 'patches', 3],
  ])('%s -> %s is %i', (from, to, distance) => {
    expect(editDistance(from, to)).toBe(distance);
  });

  test('is 0 for equal words only, symmetric, and at most the longer length', () => {
    const word = fc.string({ maxLength: 12 });
    fc.assert(
      fc.property(word, word, (a, b) => {
        const distance = editDistance(a, b);
        expect(distance === 0).toBe(a === b);
        expect(editDistance(b, a)).toBe(distance);
        expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
      }),
    );
  });
});

describe('suggest', () => {
  const known = ['epochs', 'batch', 'accumulate', 'learningRate', 'learningRates'];

  test('finds what was mistyped, whatever the case and the separators', () => {
    expect(suggest('epoch', known)).toEqual(['epochs']);
    expect(suggest('BATCH', known)).toEqual(['batch']);
    expect(suggest('learning_rate', known)).toEqual(['learningRate', 'learningRates']);
    expect(suggest('acumulate', known)).toEqual(['accumulate']);
  });

  test('suggests nothing for what is far from everything', () => {
    expect(suggest('colour', known)).toEqual([]);
    expect(suggest('', known)).toEqual([]);
    expect(suggest('<script>', known)).toEqual([]);
  });
});
