import fc from 'fast-check';
import { fewestSeeds, summarize, type BudgetStatistics } from '../../report/statistics';
import { studentT } from '../../report/student-t';
import paired from '../reference/fixtures/paired.json';
import reference from '../reference/fixtures/statistics.json';
import { bareComparisons } from './sample-results';

const budgetOf = (supervised: number[], fineTuned: number[]): BudgetStatistics => {
  const [budget] = summarize(bareComparisons({ 50: { supervised, 'fine-tuned': fineTuned } }));
  if (!budget) throw new Error('no budget');
  return budget;
};

test.each(reference.quantiles)("Student's t: $degrees degrees, $probability", ({ degrees, probability, t }) => {
  expect(Math.abs(studentT(degrees, probability) / t - 1)).toBeLessThan(1e-9);
});

test("Student's t refuses what has no quantile", () => {
  expect(() => studentT(0, 0.95)).toThrow('degrees of freedom from 1; given: 0');
  expect(() => studentT(2.5, 0.95)).toThrow('given: 2.5');
  expect(() => studentT(2, 1)).toThrow('between 0 and 1');
});

test.each(reference.cases)(
  '$supervised.length seeds agree with NumPy and SciPy',
  ({ supervised, fineTuned, expected }) => {
    const budget = budgetOf(supervised, fineTuned);
    for (const [got, wanted] of [
      [budget.supervised, expected.supervised],
      [budget.fineTuned, expected.fineTuned],
      [budget.difference, expected.difference],
    ] as const)
      for (const key of ['mean', 'std', 'min', 'max'] as const) expect(got?.[key]).toBeCloseTo(wanted[key], 10);
    expected.difference.interval.forEach((end, i) => expect(budget.difference?.interval?.[i]).toBeCloseTo(end, 9));
    const settled = expected.p < 0.05 && supervised.length >= fewestSeeds;
    const direction = expected.difference.mean > 0 ? 'helped' : 'hurt';
    expect(budget.verdict).toBe(settled ? direction : 'not-settled');
  },
);

test.each([
  ['helped', 0.1, [0.01, 0.2]],
  ['not-settled', 0.1, [-0.01, 0.2]],
  ['hurt', -0.1, [-0.2, -0.01]],
  ['not-settled', -0.1, [-0.2, 0.01]],
] as const)('%s: seeds say %d, and the test images %j', (verdict, gain, interval) => {
  const baseline = [0.5, 0.51, 0.5];
  const comparisons = bareComparisons({
    50: { supervised: baseline, 'fine-tuned': [0.5, 0.5, 0.51].map((at) => at + gain) },
  });
  const images = {
    labels: 50,
    arm: 'fine-tuned' as const,
    interval: [...interval] as [number, number],
    withSeeds: null,
  };
  expect(summarize(comparisons, [images])[0]?.verdict).toBe(verdict);
});

test('one seed has no deviation and no interval, and settles nothing', () => {
  const budget = budgetOf([0.5], [0.9]);
  expect(budget.difference).toMatchObject({ std: null, interval: null });
  expect(budget.difference?.mean).toBeCloseTo(0.4, 12);
  expect(budget).toMatchObject({ verdict: 'not-settled', seedsToSettle: null, supervised: { std: null } });
});

test('differences without any spread settle nothing: no interval can be believed', () => {
  expect(budgetOf([0.5, 0.6, 0.7], [0.6, 0.7, 0.8]).verdict).toBe('not-settled');
});

test('an interval goes no further than accuracies can differ', () => {
  expect(budgetOf([0.5, 0.9], [0.9, 0.5]).difference?.interval).toEqual([-1, 1]);
  const [low, high] = budgetOf([0.5, 0.5], [0.8, 0.9]).difference?.interval ?? [];
  expect(low).toBeCloseTo(0.35 - 12.7062 * 0.05, 4); // scipy.stats.t.ppf(0.975, 1)
  expect(high).toBeCloseTo(0.35 + 12.7062 * 0.05, 4);
});

test('seeds that only one arm finished stay out of the differences', () => {
  const budget = budgetOf([0.5, 0.6, 0.7], [0.6, 0.8]);
  expect(budget.difference?.seeds.map((each) => each.seed)).toEqual([11, 12]);
  expect(budget.difference?.mean).toBeCloseTo(0.15, 12);
  expect(budget.supervised?.seeds).toHaveLength(3);
  expect(budgetOf([0.5], []).difference).toBeNull();
});

test('a result that stands twice is refused and named, for good', () => {
  const comparisons = bareComparisons({ 50: { supervised: [0.5, 0.6], 'fine-tuned': [] } });
  const made = () => summarize([...comparisons, ...comparisons.slice(0, 1)]);
  expect(made).toThrow("Seed 11 of the arm 'supervised' stands twice");
  expect(made).toThrow(expect.objectContaining({ name: 'ReportError', retryable: false }) as Error);
});

test.each(paired.sizes)(
  '$differences.length differences that settle nothing: the seeds needed are those of the noncentral t, or one beside',
  ({ differences, seeds }) => {
    const budget = budgetOf(
      differences.map(() => 0.5),
      differences.map((each) => 0.5 + each),
    );
    expect(budget.verdict).toBe('not-settled');
    if (seeds > 100) expect(budget.seedsToSettle).toBeNull();
    else expect(Math.abs((budget.seedsToSettle ?? NaN) - seeds)).toBeLessThanOrEqual(1);
  },
);

const accuracies = fc.array(fc.tuple(fc.integer({ min: 0, max: 10_000 }), fc.integer({ min: 0, max: 10_000 })), {
  minLength: 2,
  maxLength: 12,
});

test('properties: order of seeds, sign, shift, and verdict against interval', () => {
  fc.assert(
    fc.property(accuracies, (pairs) => {
      const supervised = pairs.map(([each]) => each / 10_000);
      const tuned = pairs.map(([, each]) => each / 10_000);
      const there = budgetOf(supervised, tuned);
      const back = budgetOf(tuned, supervised);
      const reversed = budgetOf([...supervised].reverse(), [...tuned].reverse());
      const difference = there.difference;
      if (!difference?.interval) throw new Error('no interval');
      expect(back.difference?.mean).toBeCloseTo(-difference.mean, 10);
      expect(reversed.difference?.mean).toBeCloseTo(difference.mean, 10);
      expect(back.difference?.interval?.[0]).toBeCloseTo(-difference.interval[1], 10);
      expect(reversed.verdict).toBe(there.verdict);
      expect(back.verdict).toBe({ helped: 'hurt', hurt: 'helped', 'not-settled': 'not-settled' }[there.verdict]);
      expect(difference.interval[0]).toBeLessThanOrEqual(difference.mean);
      expect(difference.min - 1e-12).toBeLessThanOrEqual(difference.mean);
      if (there.verdict === 'helped') expect(difference.interval[0]).toBeGreaterThan(0);
      if (there.verdict !== 'not-settled') expect(there.seedsToSettle).toBe(pairs.length);
    }),
    { numRuns: 100 },
  );
});
