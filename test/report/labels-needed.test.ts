import fc from 'fast-check';
import { answerOf } from '../../report/answer';
import { labelsFor } from '../../report/labels-needed';
import fixture from '../reference/fixtures/paired.json';
import { sampleResults } from './sample-results';

const { labels, accuracy, wanted, needed } = fixture.efficiency;
const curve = labels.map((count, at): [number, number] => [count, accuracy[at] ?? NaN]);

test('labels between two budgets are those of numpy.interp on log labels', () => {
  wanted.forEach((value, at) => expect(labelsFor(curve, value)).toBeCloseTo(needed[at] ?? NaN, 8));
});

test('nothing is said beyond the budgets that were run', () => {
  expect(labelsFor(curve, 0.6)).toBe('fewer');
  expect(labelsFor(curve, 0.94)).toBe('more');
});

test('a baseline that loses with more labels counts where it reaches the accuracy first', () => {
  const dip: [number, number][] = [
    [10, 0.5],
    [100, 0.7],
    [1000, 0.6],
    [10_000, 0.9],
  ];
  expect(labelsFor(dip, 0.6)).toBeCloseTo(Math.sqrt(10 * 100), 9);
});

test('more accuracy never needs fewer labels, and the labels lie within the range', () => {
  const share = fc.integer({ min: 0, max: 1000 }).map((value) => value / 1000);
  fc.assert(
    fc.property(fc.array(share, { minLength: 2, maxLength: 6 }), share, share, (accuracies, a, b) => {
      const given = accuracies.map((value, at): [number, number] => [10 * 2 ** at, value]);
      const order = (each: number | 'fewer' | 'more') => (each === 'fewer' ? 0 : each === 'more' ? Infinity : each);
      const [low, high] = [labelsFor(given, Math.min(a, b)), labelsFor(given, Math.max(a, b))];
      expect(order(low)).toBeLessThanOrEqual(order(high) + 1e-9);
      if (typeof low === 'number') expect(low).toBeGreaterThanOrEqual(10 - 1e-9);
      if (typeof high === 'number') expect(high).toBeLessThanOrEqual(10 * 2 ** (accuracies.length - 1) + 1e-6);
    }),
  );
});

test('every budget is told in labels of the baseline, on the means and seed by seed', () => {
  const { equivalences } = answerOf(
    sampleResults({
      50: { supervised: [0.7, 0.72], 'fine-tuned': [0.8, 0.95] },
      100: { supervised: [0.9, 0.92], 'fine-tuned': [0.95, 0.96] },
    }),
  );
  expect(equivalences.map(({ needed, bySeed }) => [needed, bySeed])).toEqual([
    [expect.closeTo(50 * 2 ** ((0.875 - 0.71) / 0.2), 6), [expect.closeTo(50 * 2 ** 0.5, 6), 'more']],
    ['more', ['more', 'more']],
  ]);
});

test('one budget says nothing of labels', () => {
  expect(answerOf(sampleResults({ 50: { supervised: [0.7, 0.72], 'fine-tuned': [0.8, 0.9] } })).equivalences).toEqual(
    [],
  );
});
