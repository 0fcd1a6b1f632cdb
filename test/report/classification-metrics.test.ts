import fc from 'fast-check';
import { classificationMetrics, probabilitiesOf } from '../../report/classification-metrics';
import { testMetrics } from '../../report/results';
import { readFixture } from '../reference/read-fixture';

interface Case {
  name: string;
  classes: number;
  logits: number[];
  truth: number[];
  expected: Pick<ReturnType<typeof classificationMetrics>, 'accuracy' | 'top5' | 'macroF1' | 'ece' | 'confusion'> & {
    perClass: { count: number; precision: number; recall: number; f1: number }[];
  };
}
const cases = readFixture('metrics.json') as Case[];
const namesOf = (classes: number) => Array.from({ length: classes }, (_, at) => `class ${at}`);
const near = (value: number) => expect.closeTo(value, 7) as number;

test.each(cases)('$name: as NumPy and scikit-learn have it', ({ classes, logits, truth, expected }) => {
  const probabilities = probabilitiesOf(Float32Array.from(logits), classes);
  const made = classificationMetrics(probabilities, truth, namesOf(classes));
  expect(made).toEqual({
    accuracy: near(expected.accuracy),
    count: truth.length,
    top5: expected.top5 === null ? null : near(expected.top5),
    macroF1: near(expected.macroF1),
    ece: near(expected.ece),
    confusion: expected.confusion,
    perClass: expected.perClass.map(({ count, precision, recall, f1 }, at) => ({
      name: `class ${at}`,
      count,
      precision: near(precision),
      recall: near(recall),
      f1: near(f1),
    })),
  });
  testMetrics.parse({ ...made, predictionsKey: 'p', predictionsSha256: '0'.repeat(64) });
});

test('the cases hold what is easy to get wrong', () => {
  const odd = cases[2] as Case;
  expect(odd.expected.perClass.some(({ count }) => count === 0)).toBe(true);
  expect(odd.expected.perClass.some(({ precision, count }) => precision === 0 && count > 0)).toBe(true);
  expect(cases.map(({ expected }) => expected.top5 === null)).toEqual([false, true, false]);
});

test('rows of the confusion are the images of a class; accuracy is its diagonal; top-5 is at least the accuracy', () => {
  const made = fc
    .record({ classes: fc.integer({ min: 2, max: 8 }), count: fc.integer({ min: 1, max: 40 }) })
    .chain(({ classes, count }) =>
      fc.record({
        classes: fc.constant(classes),
        logits: fc.array(fc.float({ min: -9, max: 9, noNaN: true }), {
          minLength: classes * count,
          maxLength: classes * count,
        }),
        truth: fc.array(fc.nat(classes - 1), { minLength: count, maxLength: count }),
      }),
    );
  fc.assert(
    fc.property(made, ({ classes, logits, truth }) => {
      const probabilities = probabilitiesOf(Float32Array.from(logits), classes);
      const all = classificationMetrics(probabilities, truth, namesOf(classes));
      all.confusion.forEach((row, label) => {
        expect(row.reduce((a, b) => a + b, 0)).toBe(truth.filter((each) => each === label).length);
      });
      const right = all.confusion.reduce((sum, row, label) => sum + (row[label] as number), 0);
      expect(all.accuracy).toBeCloseTo(right / truth.length, 12);
      expect(all.top5 ?? 1).toBeGreaterThanOrEqual(all.accuracy);
      expect(all.ece).toBeGreaterThanOrEqual(0);
      expect(all.ece).toBeLessThanOrEqual(1);
    }),
  );
});

test('a sure and right classifier is calibrated, a sure and wrong one as far off as can be', () => {
  const sure = Float64Array.of(1, 0, 0, 1);
  expect(classificationMetrics(sure, [0, 1], ['a', 'b'])).toMatchObject({ accuracy: 1, ece: 0, macroF1: 1 });
  expect(classificationMetrics(sure, [1, 0], ['a', 'b'])).toMatchObject({ accuracy: 0, ece: 1, macroF1: 0 });
});

test('logits that are not finite say nothing of any class', () => {
  expect([...probabilitiesOf(Float32Array.of(NaN, 1, Infinity, Infinity, 0, Math.log(3)), 2)]).toEqual([
    0.5,
    0.5,
    0.5,
    0.5,
    near(0.25),
    near(0.75),
  ]);
});

test('beyond 1,000 classes there is no table of confusion, and the rest is told', () => {
  const names = namesOf(1001);
  const made = classificationMetrics(new Float64Array(1001).fill(1 / 1001), [0], names);
  expect(made.confusion).toEqual([]);
  expect(made).toMatchObject({ accuracy: 1, top5: 1 });
  expect(made.perClass).toHaveLength(1001);
});
