import * as rule from '../../experiment/collapse';
import type { EpochMetrics } from '../../experiment/epoch-metrics';

const steps = 120;
const epoch = (at: number, measured: Partial<EpochMetrics>): EpochMetrics => ({
  ...{ epoch: at, steps, loss: 0.01, learningRate: 1, imagesPerSecond: 1, seconds: 1, worker: 'w' },
  ...measured,
});
const collapseOf = (epochs: EpochMetrics[], total: number, classes = 10) => rule.collapseOf(epochs, total, classes);
const healthy = { spread: 0.8, effectiveRank: 5.6, imageRank: 28 };
const point = { ...healthy, spread: 0.005 };
const line = { ...healthy, spread: 0.67, effectiveRank: 1.22 };
const run = (...measured: Partial<EpochMetrics>[]) => measured.map((each, at) => epoch(at + 1, each));

test('a healthy run is not accused, however low its loss', () => {
  expect(collapseOf(run(healthy, healthy, healthy), 3)).toBeNull();
});

test('one point for every image is a collapse since the first epoch that had it', () => {
  expect(collapseOf(run(healthy, point, point), 9)).toEqual({
    epoch: 2,
    reason: expect.stringMatching(/^nearly the same embedding for every image \(spread 0\.005;/) as unknown,
  });
});

test('features on a line are a collapse though the projections spread', () => {
  const { epoch: since, reason } = collapseOf(run(healthy, line), 9)!;
  expect([since, reason]).toEqual([2, expect.stringContaining('effective rank 1.220, collapsed below 1.25')]);
});

test('images that lie on a line themselves accuse nobody', () => {
  expect(collapseOf(run({ spread: 0.79, effectiveRank: 1.01, imageRank: 1.02 }), 1)).toBeNull();
});

test('two classes may lie on a line: the digits 0 and 1 do, in a healthy run', () => {
  expect(collapseOf(run(line), 1, 2)).toBeNull();
  expect(collapseOf(run(point), 1, 2)).not.toBeNull();
  expect(collapseOf(run(line), 1, 3)).not.toBeNull();
});

test('what has recovered is healthy, and what fell again counts from there', () => {
  expect(collapseOf(run(point, line, healthy), 3)).toBeNull();
  expect(collapseOf(run(point, healthy, line, point), 4)?.epoch).toBe(3);
});

test('within the first steps nothing is judged but the end', () => {
  const early = [{ ...epoch(1, point), steps: 30 }];
  expect(collapseOf(early, 2)).toBeNull();
  expect(collapseOf(early, 1)?.epoch).toBe(1);
});

test('epochs without a measurement are passed over', () => {
  expect(collapseOf(run(healthy, {}, point, {}), 9)?.epoch).toBe(3);
  expect(collapseOf(run({}, {}), 2)).toBeNull();
});

test('numbers that are not finite are no use at any time', () => {
  expect(collapseOf([{ ...epoch(1, {}), steps: 1, loss: NaN }], 9)?.reason).toContain('no longer a finite number');
  expect(collapseOf(run(healthy, { ...healthy, spread: NaN }), 9)?.epoch).toBe(2);
});

test.each([
  ['spread', { spread: 0.0999 }, { spread: 0.1001 }],
  ['effective rank', { effectiveRank: 1.2499 }, { effectiveRank: 1.2501 }],
  ["the images' own rank", { effectiveRank: 1, imageRank: 1.8001 }, { effectiveRank: 1, imageRank: 1.7999 }],
])('%s: collapsed on one side of the threshold, healthy on the other', (_, collapsed, sound) => {
  expect(collapseOf(run({ ...healthy, ...collapsed }), 1)).not.toBeNull();
  expect(collapseOf(run({ ...healthy, ...sound }), 1)).toBeNull();
});

test('nothing is judged before 100 steps, but the end and what is not finite', () => {
  const after = (count: number, measured: Partial<EpochMetrics> = point) => [epoch(1, { ...measured, steps: count })];
  expect(collapseOf(after(99), 2)).toBeNull();
  expect(collapseOf(after(100), 2)).not.toBeNull();
  expect(collapseOf(after(99), 1)).not.toBeNull();
  expect(collapseOf(after(1, { ...healthy, loss: NaN }), 2)).not.toBeNull();
});
