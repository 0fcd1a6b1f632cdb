import type { Schedule } from '../../experiment/spec';
import { learningRateAt, tauAt } from '../../training/schedule';
import { readFixture } from '../reference/read-fixture';

const reference = readFixture('schedule.json') as {
  rates: ({ total: number; base: number; values: number[] } & Schedule)[];
  taus: { total: number; base: number; values: number[] }[];
};

describe("the target's decay", () => {
  const tau = { base: 0.996, schedule: 'cosine' } as const;

  test('goes from its base over the midpoint to 1, as in the paper', () => {
    expect(tauAt(0, 1001, tau)).toBe(0.996);
    expect(tauAt(500, 1001, tau)).toBeCloseTo(0.998, 15);
    expect(tauAt(1000, 1001, tau)).toBe(1);
  });

  test.each(reference.taus)('of $total steps from $base is the formula at every step', ({ total, base, values }) => {
    expect(values).toHaveLength(total);
    values.forEach((value, step) => expect(tauAt(step, total, { base, schedule: 'cosine' })).toBeCloseTo(value, 11));
  });

  test('never falls', () => {
    const values = Array.from({ length: 100 }, (_, step) => tauAt(step, 100, tau));
    expect(values).toEqual([...values].sort((a, b) => a - b));
  });

  test('constant stays, and one step alone has the base', () => {
    expect(tauAt(70, 100, { base: 0.99, schedule: 'constant' })).toBe(0.99);
    expect(tauAt(0, 1, tau)).toBeCloseTo(0.996, 12);
  });
});

describe('the learning rate', () => {
  test('without warm-up and decay it is the base', () => {
    expect([0, 50, 99].map((step) => learningRateAt(step, 100, 0.3, { warmup: 0, decay: 'constant' }))).toEqual([
      0.3, 0.3, 0.3,
    ]);
  });

  test('rises linearly over the warm-up, then falls by a cosine to 0', () => {
    const rate = (step: number) => learningRateAt(step, 100, 2, { warmup: 0.1, decay: 'cosine' });
    expect(rate(0)).toBeCloseTo(0.2, 12);
    expect(rate(4)).toBeCloseTo(1, 12);
    expect(rate(10)).toBeCloseTo(2, 12);
    expect(rate(55)).toBeCloseTo(1, 12);
    expect(rate(99)).toBeLessThan(0.001);
    expect(rate(99)).toBeGreaterThan(0);
  });

  test('is exact where it starts, at the end of the warm-up, half-way down, and a step beyond the end', () => {
    const rate = (step: number) => learningRateAt(step, 100, 3, { warmup: 0.1, decay: 'cosine' });
    expect([0, 4, 9, 10, 55].map(rate)).toEqual([3 / 10, 3 / 2, 3, 3, 3 / 2]);
    expect(rate(99)).toBe(1.5 * (1 + Math.cos((Math.PI * 89) / 90)));
    expect(rate(100)).toBe(0);
  });

  test.each(reference.rates)(
    "of warm-up $warmup, $decay is PyTorch's at every step",
    ({ total, base, values, ...rest }) => {
      expect(values).toHaveLength(total);
      values.forEach((value, step) => expect(learningRateAt(step, total, base, rest)).toBeCloseTo(value, 10));
    },
  );

  test('is never above its base and never 0 at the first step', () => {
    for (const warmup of [0, 0.001, 0.5, 1])
      for (const decay of ['constant', 'cosine'] as const)
        for (let step = 0; step < 20; step++) {
          const rate = learningRateAt(step, 20, 1, { warmup, decay });
          expect(rate).toBeLessThanOrEqual(1);
          expect(rate).toBeGreaterThan(step === 0 ? 0.01 : -1e-12);
        }
  });
});
