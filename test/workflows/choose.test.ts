import fc from 'fast-check';
import { chooseLearningRate } from '../../workflows/choose';

const point = (learningRate: number, validationAccuracy: number) => ({ learningRate, validationAccuracy });

test('the best validation accuracy is chosen', () => {
  expect(chooseLearningRate([point(0.1, 0.5), point(0.01, 0.9), point(0.001, 0.7)])).toEqual(point(0.01, 0.9));
});

test('of equals the smaller learning rate, in whatever order they stand', () => {
  const equals = fc.uniqueArray(fc.double({ min: 1e-6, max: 10, noNaN: true }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(equals, (rates) => {
      expect(chooseLearningRate(rates.map((rate) => point(rate, 0.8)))).toEqual(point(Math.min(...rates), 0.8));
    }),
  );
});

test('a training that diverged loses to any other, and accuracy 0 is better than none', () => {
  expect(chooseLearningRate([point(1, NaN), point(2, 0)])).toEqual(point(2, 0));
  // JSON has no NaN: this is what comes out of an activity.
  expect(chooseLearningRate([point(1, null as unknown as number), point(2, 0.1)])).toEqual(point(2, 0.1));
});

test('what was searched stays in its order', () => {
  const search = [point(0.1, 0.5), point(0.01, 0.9)];
  chooseLearningRate(search);
  expect(search).toEqual([point(0.1, 0.5), point(0.01, 0.9)]);
});

test('nothing to choose from is an error', () => {
  expect(() => chooseLearningRate([])).toThrow(/No learning rate/);
});
