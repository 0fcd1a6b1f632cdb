import fc from 'fast-check';
import { imageBootstrap, normal, seedAndImageBootstrap } from '../../report/bootstrap';
import { quantilesOfSum } from '../../report/lattice-sum';
import { pairedTest } from '../../report/paired';
import fixture from '../reference/fixtures/paired.json';

test.each(fixture.tests)('$differences.length differences have the p of SciPy', ({ differences, p }) => {
  expect(pairedTest(differences)?.p).toBeCloseTo(p, 10);
  expect(pairedTest(differences)?.method).toBe(differences.length <= 12 ? 'sign-flip' : 'paired t');
});

test('its smallest p is what all-positive differences have', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0.001, max: 1, noNaN: true }), { minLength: 1, maxLength: 10 }),
      (differences) => {
        const { p, smallest } = pairedTest(differences)!;
        expect(p).toBeCloseTo(smallest, 12);
      },
    ),
  );
});

test('no pairs, and many without any spread, have no p', () => {
  expect(pairedTest([])).toBeNull();
  expect(pairedTest(Array.from({ length: 13 }, () => 0.5))).toBeNull();
});

const bits = (text: string) => Uint8Array.from(text, Number);
const pairsOf = (pairs: string[][]) =>
  pairs.map(([baseline, arm]) => ({ baseline: bits(baseline ?? ''), arm: bits(arm ?? '') }));

test.each(fixture.bootstraps)(
  "$pairs.length seeds: over images the quantiles of SciPy's convolution, and NumPy's resamples within what they leave open",
  ({ pairs, interval, exact, withSeeds }) => {
    const given = pairsOf(pairs);
    const near = (got: readonly number[] | null, wanted: number[]) => {
      const width = (wanted[1] ?? NaN) - (wanted[0] ?? NaN);
      wanted.forEach((end, at) => expect(Math.abs((got?.[at] ?? NaN) - end)).toBeLessThan(0.03 * width));
    };
    exact.forEach((end, at) => expect(imageBootstrap(given)?.[at]).toBeCloseTo(end, 12));
    near(imageBootstrap(given), interval);
    if (given.length > 1) near(seedAndImageBootstrap(given), withSeeds);
    else expect(seedAndImageBootstrap(given)).toBeNull();
  },
);

test.each(fixture.exact)('the sum of draws from $masses has the quantiles of a convolution', ({ masses, ends }) => {
  const draws = masses.reduce((total, { count }) => total + count, 0);
  const given = masses.map(({ value, count }) => ({ value, probability: count / draws }));
  expect(quantilesOfSum(given, draws, [0.025, 0.975])).toEqual(ends);
});

test.each(fixture.normal)('P(normal <= $x), deviation $deviation', ({ x, deviation, p }) => {
  expect(Math.abs(normal(x, deviation) - p)).toBeLessThan(1.5e-7);
});

test('the interval over images turns with the sign, holds the mean, and does not care for the order of the images', () => {
  const outcomes = fc.array(fc.tuple(fc.nat(1), fc.nat(1)), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(outcomes, (images) => {
      const column = (of: (outcome: [number, number]) => number, all = images) => Uint8Array.from(all, of);
      const interval = imageBootstrap([{ baseline: column(([a]) => a), arm: column(([, b]) => b) }])!;
      const turned = imageBootstrap([{ baseline: column(([, b]) => b), arm: column(([a]) => a) }])!;
      const backwards = [...images].reverse();
      const reversed = imageBootstrap([
        { baseline: column(([a]) => a, backwards), arm: column(([, b]) => b, backwards) },
      ])!;
      const mean = images.reduce((total, [a, b]) => total + b - a, 0) / images.length;
      expect(interval[0]).toBeLessThanOrEqual(mean + 1e-12);
      expect(interval[1]).toBeGreaterThanOrEqual(mean - 1e-12);
      expect(reversed).toEqual(interval);
      // The ends may differ by one image where a probability falls right on the level.
      expect(Math.abs(turned[0] + interval[1])).toBeLessThan(1.01 / images.length);
    }),
  );
});

test('beyond 8 seeds their draws are sampled: the interval is that of the same seeds counted, nearly, and the same every time', () => {
  const seed = (better: number) => ({
    baseline: bits('1'.repeat(100) + '0'.repeat(100)),
    arm: bits('1'.repeat(100 + better) + '0'.repeat(100 - better)),
  });
  const eight = [1, 5, 9, 13, 17, 21, 25, 29].map(seed);
  const many = [...eight, ...[3, 15, 27, 11].map(seed)];
  const interval = seedAndImageBootstrap(many)!;
  expect(seedAndImageBootstrap(many)).toEqual(interval);
  expect(interval[0]).toBeGreaterThan(seedAndImageBootstrap(eight)![0]);
  expect(interval[1]).toBeLessThan(seedAndImageBootstrap(eight)![1]);
});

test('seeds that differ widen the interval; one draw of images serves them all', () => {
  const [better, worse] = ['1'.repeat(40), '0'.repeat(40)].map(bits) as [Uint8Array, Uint8Array];
  const opposite = [
    { baseline: worse, arm: better },
    { baseline: better, arm: worse },
  ];
  expect(imageBootstrap(opposite)).toEqual([0, 0]);
  seedAndImageBootstrap(opposite)?.forEach((end, at) => expect(end).toBeCloseTo([-1, 1][at] as number, 12));
});

test('seeds that are right about the same images are no further images: their interval is that of one', () => {
  const seed = {
    baseline: bits('1'.repeat(40) + '0'.repeat(360)),
    arm: bits('0'.repeat(40) + '1'.repeat(120) + '0'.repeat(240)),
  };
  // Of 400 images the arm alone is right about 120, the baseline alone about 40: variance .4 - .2^2, deviation .6.
  const half = 1.959964 * (0.6 / 20);
  for (const seeds of [2, 3, 9]) {
    const interval = seedAndImageBootstrap(Array.from({ length: seeds }, () => seed))!;
    [0.2 - half, 0.2 + half].forEach((end, at) => expect(interval[at]).toBeCloseTo(end, 5));
  }
});

test('arms that are right about the same images leave no doubt', () => {
  const same = bits('1101');
  expect(imageBootstrap([{ baseline: same, arm: same }])).toEqual([0, 0]);
  expect(imageBootstrap([])).toBeNull();
});
