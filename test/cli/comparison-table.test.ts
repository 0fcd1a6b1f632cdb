import { comparisonRows, comparisonTable, meanAndSpread } from '../../cli/comparison-table';

const one = (seed: number, arm: 'supervised' | 'fine-tuned', labels: number, accuracy: number) => ({
  seed,
  arm,
  labels,
  learningRate: 0.001,
  validationAccuracy: 0.5,
  test: { accuracy, count: 100 },
});
const comparisons = [
  one(2, 'fine-tuned', 50, 0.9),
  one(1, 'supervised', 50, 0.7),
  one(1, 'fine-tuned', 50, 0.8),
  one(2, 'supervised', 50, 0.72),
  one(3, 'supervised', 50, 0.1),
  one(1, 'supervised', 100, 0.9),
  one(1, 'fine-tuned', 100, 0.85),
];

test('mean and sample standard deviation', () => {
  expect(meanAndSpread([1, 2, 3])).toEqual({ mean: 2, spread: 1 });
  expect(meanAndSpread([2])).toEqual({ mean: 2, spread: undefined });
});

test('rows pair the arms of one seed; a seed without a partner is left out', () => {
  const [fifty, hundred] = comparisonRows(comparisons);
  expect(fifty).toMatchObject({ labels: 50, supervised: [0.7, 0.72], fineTuned: [0.8, 0.9] });
  expect(fifty!.gains.map((gain) => gain.toFixed(6))).toEqual(['10.000000', '18.000000']);
  expect(hundred!.gains[0]).toBeCloseTo(-5);
});

test('the table shows mean, spread and every gain', () => {
  const table = comparisonTable(comparisons);
  expect(table).toMatch(/50 .* 71\.0 ± 1\.4 .* 85\.0 ± 7\.1 .* \+14\.0 ± 5\.7 .* \+10\.0 \+18\.0/);
  expect(table).toMatch(/100 .* 90\.0 .* 85\.0 .* -5\.0 /);
});
