import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { imageBootstrap, signFlipTest } from '../../report/paired';

const fixture = JSON.parse(readFileSync(join(__dirname, '../../../test/reference/fixtures/paired.json'), 'utf8')) as {
  signFlips: { differences: number[]; p: number }[];
  bootstraps: { pairs: [string, string][]; interval: [number, number] }[];
};

test('the sign-flip test gives the p of SciPy', () => {
  for (const { differences, p } of fixture.signFlips) expect(signFlipTest(differences)?.p).toBeCloseTo(p, 12);
});

test('its smallest p is what all-positive differences have', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0.001, max: 1, noNaN: true }), { minLength: 1, maxLength: 10 }),
      (differences) => {
        const { p, smallest } = signFlipTest(differences)!;
        expect(p).toBeCloseTo(smallest, 12);
      },
    ),
  );
});

test('more pairs than can be tried, or none, have no exact p', () => {
  expect(signFlipTest(Array.from({ length: 17 }, () => 1))).toBeNull();
  expect(signFlipTest([])).toBeNull();
});

const bits = (text: string) => Uint8Array.from(text, Number);

test("the bootstrap over images is NumPy's within what 2,000 draws leave open, and the same every time", () => {
  for (const { pairs, interval } of fixture.bootstraps) {
    const given = pairs.map(([baseline, arm]) => ({ baseline: bits(baseline), arm: bits(arm) }));
    const [low, high] = imageBootstrap(given)!;
    const width = interval[1] - interval[0];
    expect(Math.abs(low - interval[0])).toBeLessThan(0.08 * width);
    expect(Math.abs(high - interval[1])).toBeLessThan(0.08 * width);
    expect(imageBootstrap(given)).toEqual([low, high]);
  }
});

test('arms that are right about the same images leave no doubt', () => {
  const same = bits('1101');
  expect(imageBootstrap([{ baseline: same, arm: same }])).toEqual([0, 0]);
  expect(imageBootstrap([])).toBeNull();
});
