import { answerOf } from '../../report/answer';
import { experimentResults, type ComparisonResult, type ExperimentResults } from '../../report/results';
import { invalid, warnings, withClassifier } from './findings/examined';
import { fullResults, sampleResults } from './sample-results';

/** The sample with its first comparison (supervised, 50 labels, seed 11) changed. */
function withFirst(change: (first: ComparisonResult) => ComparisonResult): ExperimentResults {
  const results = sampleResults();
  const [first, ...rest] = results.comparisons;
  if (!first) throw new Error('no comparison');
  return { ...results, comparisons: [change(first), ...rest] };
}

test('so few optimizer steps that the baseline may be short of them are told', () => {
  expect(warnings(withClassifier({ batch: 50, epochs: 60 }))).toContain(
    'With 50 labels a classifier trained for 60 optimizer steps at most.',
  );
  expect(warnings(withClassifier({ batch: 50, epochs: [60, 400] }))).not.toContain('optimizer step');
  expect(warnings(withClassifier({ batch: 50, epochs: 60, minStepsPerEpoch: 8 }))).not.toContain('optimizer step');
});

test('one training length alone is told, a list is not', () => {
  expect(warnings(sampleResults())).toContain(
    'Every classifier trained for 60 epochs, the only length that was tried: an arm that gains from longer training does not show it, and if that is the baseline, as it was on digits, the gain becomes smaller. classifier.epochs takes a list, such as [60, 120].',
  );
  expect(warnings(withClassifier({ epochs: [60] }))).toContain('the only length');
  expect(warnings(withClassifier({ epochs: [60, 120] }))).not.toContain('the only length');
});

test('more labels to choose by than to train on are told', () => {
  const results = sampleResults();
  expect(warnings(results)).toContain(
    '5,000 validation labels chose learning rate beside as few as 50 labels to train on.',
  );
  const counts = (validation: number) => ({ ...results, dataset: { ...results.dataset, counts: { validation } } });
  expect(warnings(counts(51))).toContain('51 validation labels');
  expect(warnings(counts(50))).not.toContain('validation labels');
});

test('a best setting at an end is told where it is so for one label budget alone', () => {
  const results = sampleResults();
  results.comparisons.forEach((result) => {
    if (result.labels === 100) result.chosen = { learningRate: 0.003, epochs: 60 };
  });
  expect(warnings(results)).toContain(
    'In 3 of 6 searches of the fine-tuned arm the best learning rate was the lowest of the list (50 labels: 3 of 3; 100 labels: 0 of 3)',
  );
});

test('where the shortest training was chosen most often, that is said too', () => {
  const results = sampleResults();
  results.comparisons.forEach((result) => {
    result.search = result.search.flatMap((tried) => [{ ...tried, epochs: 90, validationAccuracy: 0.1 }, tried]);
  });
  expect(warnings(results)).toContain('of the supervised arm the best number of epochs was the smallest of the list');
});

test('fewer than three rates are told once, and not as an end of the list', () => {
  const results = withClassifier({ learningRates: [0.001, 0.003] });
  results.comparisons.forEach((result) => {
    result.search = result.search.filter(({ learningRate }) => learningRate < 0.01);
  });
  expect(warnings(results)).toContain('Only 2 learning rates were tried');
  expect(warnings(results)).not.toContain('of the list');
  expect(warnings(sampleResults())).not.toContain('learning rates were tried');
});

test('the winner of a sweep says how many settings each side was chosen from, where they are not the same', () => {
  const member = { format: 'durable-byol-membership/1', sweep: 'rates', member: 2, members: 6 } as const;
  const of = (pretrainingOnly: number, pretrained: number, supervised: number) =>
    warnings({ ...sampleResults(), sweep: { ...member, pretrainingOnly, settings: { pretrained, supervised } } });
  expect(of(4, 18, 6)).toContain(
    'These settings are one of 6 members that the sweep rates chose among by the validation split: the pretrained arms had 18 settings to be chosen from (learning rates and lengths of the classifiers counted), the supervised arm 6, since 4 of the members differ from others in pretraining alone. Part of the gain may come from that wider search.',
  );
  expect(of(1, 18, 15)).toContain('since 1 of the members differs from another in pretraining alone');
  expect(of(0, 18, 18)).not.toContain('sweep');
  expect(warnings(sampleResults())).not.toContain('sweep');
});

test('arms that guess are told, with what guessing gives', () => {
  const of = (supervised: number[], fineTuned: number[]) =>
    warnings(sampleResults({ 50: { supervised, 'fine-tuned': fineTuned } }));
  expect(of([0.1, 0.12, 0.11], [0.14, 0.15, 0.13])).toContain(
    'With 50 labels no arm does much better than always naming the most frequent class (10.0%): what is compared is noise.',
  );
  expect(of([0.1, 0.12, 0.11], [0.14, 0.17, 0.15])).not.toContain('no arm does');
});

test('over few test images luck alone goes further than five points beyond guessing', () => {
  const results = sampleResults({ 50: { supervised: [0.18, 0.2, 0.19], 'fine-tuned': [0.17, 0.2, 0.14] } });
  const over = (images: number) => ({
    ...results,
    comparisons: results.comparisons.map((each) => {
      const perClass = each.test.perClass.map((one) => ({ ...one, count: images / each.test.perClass.length }));
      return { ...each, test: { ...each.test, count: images, perClass } };
    }),
  });
  expect(warnings(over(10_000))).not.toContain('no arm does');
  expect(warnings(over(30))).toContain('With 50 labels no arm does much better');
});

test('one arm alone that guesses is told: a training that failed is no gain of the other', () => {
  const of = (supervised: number[], fineTuned: number[]) =>
    warnings(sampleResults({ 50: { supervised, 'fine-tuned': fineTuned } }));
  expect(of([0.1, 0.12, 0.11], [0.9, 0.92, 0.91])).toContain(
    'With 50 labels the supervised arm (11.0%) does not do much better than always naming the most frequent class (10.0%)',
  );
  expect(of([0.9, 0.92, 0.91], [0.1, 0.12, 0.11])).toContain('With 50 labels the fine-tuned arm (11.0%)');
  expect(of([0.5, 0.52, 0.51], [0.9, 0.92, 0.91])).not.toContain('most frequent class');
});

test('test images that stand in train too are told where they flatter, and not where they do not', () => {
  const results = fullResults();
  const overlap = { what: 'test images whose picture is in train too', count: 3, example: 'a.png = b.png' };
  const withOverlap = (flatters: boolean) =>
    warnings({ ...results, images: { ...results.images!, overlaps: [{ ...overlap, flatters }] } });
  expect(withOverlap(true)).toContain(
    'The test split is not all new: 3 test images whose picture is in train too, for example a.png = b.png.',
  );
  expect(withOverlap(false)).not.toContain('not all new');
});

test('the sample is valid', () => {
  expect(invalid(sampleResults())).toEqual([]);
});

test('one collapsed seed among healthy ones is named', () => {
  const results = sampleResults();
  results.pretraining[1]?.epochs.forEach((epoch) => (epoch.spread = 0.02));
  expect(invalid(results)[0]).toMatch(/^The encoder collapsed for seed 12 \(1 of 3\)/);
});

test('a spread that was low only on the way is no collapse', () => {
  const results = sampleResults();
  const first = results.pretraining[0]?.epochs[0];
  if (first) first.spread = 0.01;
  expect(invalid(results)).toEqual([]);
});

test('a diverged pretraining survives JSON, where its loss is null, and is named', () => {
  const sample = sampleResults();
  sample.pretraining[2]?.epochs.forEach((epoch) => (epoch.loss = NaN));
  const results = experimentResults.parse(JSON.parse(JSON.stringify(sample)));
  expect(invalid(results)[0]).toMatch(/^Pretraining diverged for seed 13\./);
});

test('a spread that was not recorded is a warning, no pretraining at all is no answer', () => {
  const results = sampleResults();
  results.pretraining.forEach(({ epochs }) => epochs.forEach((epoch) => delete epoch.spread));
  expect(warnings(results)).toContain('not known for seeds 11, 12 and 13');
  const { spec } = results;
  const none = { ...results, spec: { ...spec, pretraining: { ...spec.pretraining, epochs: 0 } } };
  expect(answerOf(none).headline).toMatch(/^No valid answer: no pretraining was done \(0 epochs/);
});

test('an arm that searched another list is not compared', () => {
  const results = withFirst((first) => ({ ...first, search: first.search.slice(0, 2) }));
  expect(invalid(results)[0]).toContain(
    'supervised with 50 labels, seed 11 tried the settings 0.001; 0.003, but supervised with 50 labels, seed 12 tried 0.001; 0.003; 0.01',
  );
});

test('a rate that the validation split did not choose is found out', () => {
  expect(invalid(withFirst((first) => ({ ...first, chosen: { learningRate: 0.01, epochs: 60 } })))[0]).toContain(
    'The setting 0.01 was not the best on the validation split for supervised with 50 labels, seed 11',
  );
  const tied = withFirst((first) => ({
    ...first,
    search: first.search.map((tried) => ({ ...tried, validationAccuracy: 0.7 })),
    chosen: { learningRate: 0.01, epochs: 60 },
  }));
  expect(invalid(tied)).toEqual([]);
});

test('test splits of different sizes are not compared', () => {
  const results = withFirst((first) => ({ ...first, test: { ...first.test, count: 9_999 } }));
  expect(invalid(results)[0]).toContain('test splits of different sizes');
});

test('a missing half of a pair is named', () => {
  const results = sampleResults();
  results.comparisons.shift();
  expect(warnings(results)).toContain('Not every arm has a result beside fine-tuned with 50 labels, seed 11');
});

test('two seeds are told to be few, three are not', () => {
  const of = (accuracies: number[]) => sampleResults({ 50: { supervised: accuracies, 'fine-tuned': accuracies } });
  expect(warnings(of([0.8, 0.9]))).toContain('Only 2 seeds');
  expect(warnings(of([0.8, 0.9, 0.85]))).not.toContain('Only 2 seeds');
});

test('a best rate at the end of the list is said for the arm that it concerns', () => {
  expect(warnings(sampleResults())).toContain(
    'In 6 of 6 searches of the fine-tuned arm the best learning rate was the lowest of the list, so that a better one',
  );
  expect(warnings(sampleResults())).toContain('The gain may then be too small.');
  expect(warnings(sampleResults())).not.toContain('of the supervised arm');
});

test('where the longest training was chosen most often, that is said', () => {
  const results = sampleResults();
  results.comparisons.forEach((result) => {
    if (result.arm !== 'supervised') return;
    result.search = result.search.flatMap((tried) => [{ ...tried, epochs: 20, validationAccuracy: 0.1 }, tried]);
  });
  expect(warnings(results)).toContain(
    'In 6 of 6 searches of the supervised arm the best number of epochs was the largest of the list, so that longer training may do better still. The baseline may then be too low, and the gain too large. Add a larger one to classifier.epochs',
  );
  expect(warnings(results)).not.toMatch(/fine-tuned arm the best number of epochs was the largest/);
  expect(invalid(results)[0]).toContain('tried the settings 0.001, 20 epochs; 0.001, 60 epochs;');
});
