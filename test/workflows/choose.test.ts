import fc from 'fast-check';
import { chooseSetting } from '../../workflows/choose';

const point = (learningRate: number, validationAccuracy: number, validationLoss: number | null = 1, epochs = 10) => ({
  learningRate,
  epochs,
  validationAccuracy,
  validationLoss,
});

test('the best validation accuracy is chosen, whatever its loss', () => {
  expect(chooseSetting([point(0.1, 0.5, 0.1), point(0.01, 0.9, 3), point(0.001, 0.7)])).toEqual(point(0.01, 0.9, 3));
});

test('of equals the lower loss, then the smaller rate, then fewer epochs, in whatever order they stand', () => {
  const setting = fc.record({
    learningRate: fc.constantFrom(0.001, 0.01, 0.1),
    epochs: fc.constantFrom(10, 20, 40),
    validationAccuracy: fc.constantFrom(0.7, 0.8),
    validationLoss: fc.constantFrom(0.5, 0.6, null),
  });
  fc.assert(
    fc.property(fc.array(setting, { minLength: 1, maxLength: 8 }), (search) => {
      const best = chooseSetting(search);
      const key = (each: typeof best) =>
        [1 - each.validationAccuracy, each.validationLoss ?? 9, each.learningRate, each.epochs / 100].map((n) =>
          n.toFixed(5),
        );
      expect(key(best).join()).toBe(search.map((each) => key(each).join()).sort()[0]);
      expect(chooseSetting([...search].reverse())).toEqual(best);
    }),
  );
});

test('a training that diverged loses to any other, and accuracy 0 is better than none', () => {
  expect(chooseSetting([point(1, NaN), point(2, 0)])).toEqual(point(2, 0));
  // JSON has no NaN: this is what comes out of an activity.
  expect(chooseSetting([point(1, null as unknown as number), point(2, 0.1)])).toEqual(point(2, 0.1));
  expect(chooseSetting([point(1, 0.5, null), point(2, 0.5, 9)])).toEqual(point(2, 0.5, 9));
  expect(chooseSetting([point(2, 0.5, NaN), point(1, 0.5, Infinity)])).toEqual(point(1, 0.5, Infinity));
});

test('what was searched stays in its order', () => {
  const search = [point(0.1, 0.5), point(0.01, 0.9)];
  chooseSetting(search);
  expect(search).toEqual([point(0.1, 0.5), point(0.01, 0.9)]);
});

test('nothing to choose from is an error', () => {
  expect(() => chooseSetting([])).toThrow(/No setting/);
});
