import fc from 'fast-check';
import { acrossBudgets, labelEfficiency, type LabelEfficiency } from '../../report/label-efficiency';
import { summarize } from '../../report/statistics';
import reference from '../reference/fixtures/statistics.json';
import { bareComparisons, type Accuracies } from './sample-results';

const budgetsOf = (accuracies: Accuracies) => summarize(bareComparisons(accuracies));
/** 50 labels against 100: what is said of the first with pretraining and the second without. */
const across = (few: number[], many: number[], baseline = few.map(() => 0)): LabelEfficiency => {
  const [pair] = acrossBudgets(
    budgetsOf({ 50: { supervised: baseline, 'fine-tuned': few }, 100: { supervised: many, 'fine-tuned': many } }),
  );
  if (!pair) throw new Error('no pair');
  return pair;
};

test.each(reference.cases)(
  '$supervised.length seeds: the interval across the budgets is the paired t of SciPy',
  ({ supervised, fineTuned, expected }) => {
    const { difference } = across(fineTuned, supervised);
    expect(difference.mean).toBeCloseTo(expected.difference.mean, 10);
    expected.difference.interval.forEach((end, i) => expect(difference.interval?.[i]).toBeCloseTo(end, 9));
  },
);

test.each([
  ['better', [0.92, 0.925, 0.93], [0.91, 0.914, 0.921]],
  ['on-a-par', [0.9, 0.92, 0.925], [0.91, 0.914, 0.905]],
  ['worse', [0.9, 0.905, 0.91], [0.91, 0.914, 0.921]],
  ['not-settled', [0.9, 0.919, 0.925], [0.91, 0.914, 0.921]],
  ['not-settled', [0.92, 0.92, 0.92], [0.9, 0.9, 0.9]],
  ['not-settled', [0.92], [0.9]],
] as const)('%s: %j against %j', (verdict, few, many) => {
  expect(
    across(
      [...few],
      [...many],
      few.map(() => 0.8),
    ).verdict,
  ).toBe(verdict);
});

test('the same interval is on a par only where the further labels are worth twice its loss', () => {
  const few = [0.9, 0.92, 0.925];
  const many = [0.91, 0.914, 0.905];
  const loss = -(across(few, many).difference.interval?.[0] ?? NaN);
  const baseline = (worth: number) => many.map((accuracy) => accuracy - worth);
  expect(across(few, many, baseline(2 * loss + 0.001)).verdict).toBe('on-a-par');
  expect(across(few, many, baseline(2 * loss - 0.001)).verdict).toBe('not-settled');
});

test('seeds that one of the two did not finish are left out of the difference', () => {
  expect(across([0.9, 0.8], [0.7, 0.7, 0.1]).difference.seeds.map(({ seed }) => seed)).toEqual([11, 12]);
});

test('of several the largest ratio of labels is said, and each pair is listed', () => {
  const budgets = budgetsOf({
    50: { supervised: [0.7, 0.71, 0.72], 'fine-tuned': [0.9, 0.91, 0.925] },
    100: { supervised: [0.8, 0.81, 0.82], 'fine-tuned': [0.94, 0.95, 0.96] },
    500: { supervised: [0.85, 0.86, 0.87], 'fine-tuned': [0.96, 0.97, 0.98] },
  });
  expect(acrossBudgets(budgets).map(({ few, many }) => [few.labels, many.labels])).toEqual([
    [50, 100],
    [50, 500],
    [100, 500],
  ]);
  expect(labelEfficiency(acrossBudgets(budgets))).toMatchObject({ few: { labels: 50 }, many: { labels: 500 } });
});

test('few test images take back what the seeds allow', () => {
  const budgets = budgetsOf({
    50: { supervised: [0.7, 0.71, 0.72], 'fine-tuned': [0.92, 0.925, 0.93] },
    100: { supervised: [0.91, 0.914, 0.921], 'fine-tuned': [0.94, 0.95, 0.96] },
  });
  const verdictWith = (interval: [number, number], against?: number) => {
    const images = { labels: 50, arm: 'fine-tuned' as const, interval, withSeeds: null };
    return acrossBudgets(budgets, [against === undefined ? images : { ...images, against }])[0]?.verdict;
  };
  expect(verdictWith([0.001, 0.02], 100)).toBe('better');
  expect(verdictWith([-0.01, 0.03], 100)).toBe('on-a-par');
  expect(verdictWith([-0.11, 0.13], 100)).toBe('not-settled');
  expect(verdictWith([-0.11, 0.13])).toBe('better');
});

test('nor do few test images let a loss stand', () => {
  const budgets = budgetsOf({
    50: { supervised: [0.8, 0.8, 0.8], 'fine-tuned': [0.9, 0.905, 0.91] },
    100: { supervised: [0.91, 0.914, 0.921], 'fine-tuned': [0.94, 0.95, 0.96] },
  });
  const verdictWith = (interval: [number, number]) =>
    acrossBudgets(budgets, [{ labels: 50, arm: 'fine-tuned', against: 100, interval, withSeeds: null }])[0]?.verdict;
  expect(verdictWith([-0.02, -0.001])).toBe('worse');
  expect(verdictWith([-0.02, 0.001])).toBe('not-settled');
});

test('a gain that is not settled at the fewer labels says nothing of more', () => {
  const budgets = budgetsOf({
    50: { supervised: [0.5, 0.95, 0.6], 'fine-tuned': [0.9, 0.91, 0.925] },
    100: { supervised: [0.8, 0.81, 0.82], 'fine-tuned': [0.94, 0.95, 0.96] },
  });
  expect(acrossBudgets(budgets)[0]?.verdict).toBe('better');
  expect(labelEfficiency(acrossBudgets(budgets))).toBeNull();
});

const share = fc.integer({ min: 0, max: 10_000 }).map((value) => value / 10_000);
const seeds = fc.array(fc.tuple(share, share, share), { minLength: 2, maxLength: 8 });
const rank = { better: 2, 'on-a-par': 1, 'not-settled': 0, worse: -1 };
const columns = (rows: [number, number, number][]) =>
  [0, 1, 2].map((at) => rows.map((row) => row[at] as number)) as [number[], number[], number[]];

test('nothing is said beyond what the interval allows', () => {
  // Near each other, so that something is said at all.
  const near = fc.array(fc.tuple(fc.nat(400), fc.nat(400), fc.nat(400)), { minLength: 3, maxLength: 8 });
  let said = 0;
  fc.assert(
    fc.property(near, fc.integer({ min: -300, max: 300 }), (rows, lift) => {
      const [baseline, few, many] = columns(
        rows.map(([a, b, c]) => [0.5 + a / 10_000, 0.6 + (b + lift) / 10_000, 0.6 + c / 10_000]),
      );
      const found = labelEfficiency(
        acrossBudgets(
          budgetsOf({ 50: { supervised: baseline, 'fine-tuned': few }, 100: { supervised: many, 'fine-tuned': many } }),
        ),
      );
      if (!found) return;
      said++;
      const [low, high] = found.difference.interval!;
      const worth = found.many.supervised!.mean - found.few.supervised!.mean;
      expect(found.few.verdict).toBe('helped');
      expect(worth).toBeGreaterThan(0);
      expect(found.difference.mean).toBeGreaterThanOrEqual(0);
      expect(low).toBeGreaterThan(-worth / 2);
      expect(found.verdict === 'better').toBe(low > 0);
      expect(high).toBeGreaterThan(0);
    }),
    { numRuns: 100 },
  );
  expect(said).toBeGreaterThan(10);
});

test('better accuracies with few labels never weaken what is said; the order of the seeds does not matter', () => {
  fc.assert(
    fc.property(seeds, share, (rows, lift) => {
      const [baseline, few, many] = columns(rows.map(([a, b, c]) => [a / 2, b / 2, c / 2]));
      const there = across(few, many, baseline);
      const lifted = few.map((value) => value + lift / 2);
      expect(rank[across(lifted, many, baseline).verdict]).toBeGreaterThanOrEqual(rank[there.verdict]);
      const back = across([...few].reverse(), [...many].reverse(), [...baseline].reverse());
      expect(back.verdict).toBe(there.verdict);
      expect(back.difference.interval![0]).toBeCloseTo(there.difference.interval![0], 10);
    }),
    { numRuns: 60 },
  );
});
