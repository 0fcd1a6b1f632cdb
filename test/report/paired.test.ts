import fc from 'fast-check';
import { imageBootstrap, seedAndImageBootstrap } from '../../report/bootstrap';
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
  "the bootstraps of $pairs.length seeds are NumPy's within what 2,000 draws leave open, and the same every time",
  ({ pairs, interval, withSeeds }) => {
    const given = pairsOf(pairs);
    const near = (got: readonly number[] | null, wanted: number[]) => {
      const width = (wanted[1] ?? NaN) - (wanted[0] ?? NaN);
      wanted.forEach((end, at) => expect(Math.abs((got?.[at] ?? NaN) - end)).toBeLessThan(0.08 * width));
    };
    near(imageBootstrap(given), interval);
    expect(imageBootstrap(given)).toEqual(imageBootstrap(given));
    if (given.length > 1) near(seedAndImageBootstrap(given), withSeeds);
    else expect(seedAndImageBootstrap(given)).toBeNull();
  },
);

test('seeds that differ widen the interval; one draw of images serves them all', () => {
  const [better, worse] = ['1'.repeat(40), '0'.repeat(40)].map(bits) as [Uint8Array, Uint8Array];
  const opposite = [
    { baseline: worse, arm: better },
    { baseline: better, arm: worse },
  ];
  expect(imageBootstrap(opposite)).toEqual([0, 0]);
  expect(seedAndImageBootstrap(opposite)).toEqual([-1, 1]);
});

test('arms that are right about the same images leave no doubt', () => {
  const same = bits('1101');
  expect(imageBootstrap([{ baseline: same, arm: same }])).toEqual([0, 0]);
  expect(imageBootstrap([])).toBeNull();
});
