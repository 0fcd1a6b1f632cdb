import { compareExperiments, comparisonTable, parseReport, type Compared } from '../../report/compare';
import type { ExperimentResults } from '../../report/results';
import { renderJson } from '../../report/json';
import { answerOf } from '../../report/answer';
import { sampleResults } from './sample-results';

const longer = (accuracies: number[], changes: Partial<ExperimentResults> = {}): Compared => {
  const results = sampleResults({ 50: { supervised: [0.785, 0.762, 0.771], 'fine-tuned': accuracies } });
  const { pretraining, ...spec } = results.spec;
  return {
    ...results,
    spec: { ...spec, name: 'longer', description: 'is longer better?', pretraining: { ...pretraining, epochs: 9 } },
    ...changes,
  };
};

test('settings that differ, and for what both have the means and the difference paired by seed', () => {
  const { settings, sameImages, pairs } = compareExperiments(sampleResults(), longer([0.95, 0.94, 0.96]));
  expect(settings).toEqual(['labels: [50,100] -> [50]', 'pretraining.epochs: 6 -> 9']);
  expect(sameImages).toBe(true);
  expect(pairs.map(({ labels, arm }) => [labels, arm])).toEqual([
    [50, 'supervised'],
    [50, 'fine-tuned'],
  ]);
  const { first, second, difference } = pairs[1]!;
  expect([first.mean, second.mean, difference?.mean]).toEqual(
    [0.925, 0.95, 0.025].map((value) => expect.closeTo(value, 10) as number),
  );
  // scipy.stats.ttest_rel([.95, .94, .96], [.927, .93, .918]).confidence_interval()
  expect(difference?.interval).toEqual([-0.014978413, 0.064978413].map((value) => expect.closeTo(value, 8) as number));
});

test('only seeds that both have are paired; one alone has no interval', () => {
  const all = longer([0.95, 0.94, 0.96]);
  const comparisons = all.comparisons.map((each) => ({ ...each, seed: each.seed + 2 }));
  const comparison = compareExperiments(sampleResults(), { ...all, comparisons });
  const { difference, second } = comparison.pairs[1]!;
  expect(difference?.seeds).toEqual([{ seed: 13, difference: expect.closeTo(0.95 - 0.918, 10) as number }]);
  expect(second.seeds).toHaveLength(3);
  expect(comparisonTable(comparison, ['a', 'b']).rows[1]).toEqual([
    '50',
    'fine-tuned',
    '92.5%',
    '95.0%',
    '+3.2',
    '1 seed: none',
  ]);
});

test('the same accuracy in every seed is said so, not as an interval of nothing', () => {
  const comparison = compareExperiments(sampleResults(), longer([0.95, 0.94, 0.96]));
  expect(comparisonTable(comparison, ['a', 'b']).rows[0]).toEqual([
    '50',
    'supervised',
    '77.3%',
    '77.3%',
    '0.0',
    '0.0 to 0.0 (3 seeds), the same in each',
  ]);
});

test('on different images there is no difference', () => {
  const results = sampleResults();
  const other = longer([0.95, 0.94, 0.96], { dataset: { ...results.dataset, digest: 'e'.repeat(64) } });
  const comparison = compareExperiments(results, other);
  expect(comparison.sameImages).toBe(false);
  expect(comparison.pairs.map(({ difference }) => difference)).toEqual([null, null]);
  expect(comparisonTable(comparison, ['a', 'b'])).toEqual({
    head: ['labels', 'arm', 'a', 'b'],
    rows: [
      ['50', 'supervised', '77.3%', '77.3%'],
      ['50', 'fine-tuned', '92.5%', '95.0%'],
    ],
  });
});

test('reads the report.json that the report is, and nothing else', () => {
  const pixel = `data:image/png;base64,${Buffer.from('PNG').toString('base64')}`;
  const picture = { source: pixel, label: 'seven' };
  // The report.json of every experiment that pretrains has neighbours, without their pictures.
  const results = { ...sampleResults(), neighbours: [{ query: picture, nearest: [picture] }] };
  const read = parseReport(renderJson(answerOf(results), results));
  expect(read?.comparisons).toEqual(results.comparisons);
  expect(parseReport('{')).toBeNull();
  expect(parseReport('{"format":"durable-byol-report/1","results":{}}')).toBeNull();
});
