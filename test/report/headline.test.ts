import { answerOf } from '../../report/answer';
import { summarize } from '../../report/statistics';
import { probeOnly, sampleResults, type Accuracies } from './sample-results';

const choice = ' Settings were chosen on 5,000 further labels, the validation split.';
/** Without the sentence that every answer ends with. */
const headlineOf = (accuracies: Accuracies): string => {
  const { headline } = answerOf(sampleResults(accuracies));
  expect(headline.endsWith(choice)).toBe(true);
  return headline.slice(0, -choice.length);
};

const scratch50 = [0.785, 0.762, 0.771];
const scratch100 = [0.917, 0.916, 0.905];

test('fewer labels that do better than the baseline with more are the headline, with an interval of their own', () => {
  expect(
    headlineOf({
      50: { supervised: scratch50, 'fine-tuned': [0.927, 0.93, 0.918] },
      100: { supervised: scratch100, 'fine-tuned': [0.939, 0.95, 0.949] },
    }),
  ).toBe(
    'With 50 labels, BYOL pretraining does better than supervised training with 100: 92.5% against 91.3%, +1.2 points ' +
      '(95% interval +0.7 to +1.8; 3 seeds: +1.0 to +1.4). At 50 labels it raises accuracy from 77.3% to 92.5%: +15.2 points (95% interval +11.8 to +18.7; 3 seeds: +14.2 to +16.8).',
  );
});

test('where the interval across the budgets holds zero, it is on a par and no more', () => {
  expect(
    headlineOf({
      50: { supervised: scratch50, 'fine-tuned': [0.912, 0.93, 0.928] },
      100: { supervised: scratch100, 'fine-tuned': [0.939, 0.95, 0.949] },
    }),
  ).toMatch(
    /^With 50 labels, BYOL pretraining is on a par with supervised training with 100: 92\.3% against 91\.3%, \+1\.1 points \(95% interval \u22122\.5 to \+4\.6; 3 seeds: \u22120\.5 to \+2\.3\)\. At 50 labels it raises/,
  );
});

test('where only the test images leave it open, their interval stands there', () => {
  const results = sampleResults();
  const images = { labels: 50, arm: 'fine-tuned' as const, against: 100, withSeeds: null };
  const interval: [number, number] = [-0.004, 0.03];
  expect(answerOf({ ...results, imageIntervals: [{ ...images, interval }] }).headline).toMatch(
    /is on a par with supervised training with 100: .* \(95% interval \+0\.7 to \+1\.8; [^)]*\), over test images \u22120\.4 to \+3\.0\. At 50/,
  );
});

test('where that interval leaves a loss that matters, nothing is said of more labels', () => {
  const headline = headlineOf({
    50: { supervised: scratch50, 'fine-tuned': [0.927, 0.93, 0.918] },
    100: { supervised: [0.99, 0.85, 0.88], 'fine-tuned': [0.99, 0.95, 0.949] },
  });
  expect(headline).toMatch(/^With 50 labels, BYOL pretraining raises accuracy from 77\.3% to 92\.5%/);
  expect(headline).not.toContain('supervised training with');
});

test('a validation split that is not known is not spoken of', () => {
  const results = sampleResults();
  const { headline } = answerOf({ ...results, dataset: { ...results.dataset, counts: { test: 10_000 } } });
  expect(headline).toMatch(/seeds: \+14\.2 to \+16\.8\)\.$/);
});

test('where nothing was chosen, no labels are said to have chosen', () => {
  const results = sampleResults();
  for (const each of results.comparisons) {
    const [only] = each.search as [(typeof each.search)[number]];
    const { learningRate, epochs, validationAccuracy } = only;
    Object.assign(each, { search: [only], chosen: { learningRate, epochs }, validationAccuracy });
  }
  expect(answerOf(results).headline).toMatch(/seeds: \+14\.2 to \+16\.8\)\.$/);
});

test('a mean just below the baseline with more labels is not said to reach it', () => {
  const headline = headlineOf({
    50: { supervised: scratch50, 'fine-tuned': [0.912, 0.914, 0.911] },
    100: { supervised: scratch100, 'fine-tuned': [0.939, 0.95, 0.949] },
  });
  expect(headline).toMatch(
    /^With 50 labels, BYOL pretraining raises accuracy from 77\.3% to 91\.2%: \+14\.0 points \(95% interval/,
  );
  expect(headline).not.toContain('supervised training with');
});

test('an unsettled gain never claims to save labels', () => {
  const headline = headlineOf({
    50: { supervised: [0.6, 0.9, 0.7], 'fine-tuned': [0.95, 0.9, 0.94] },
    100: { supervised: [0.8, 0.81, 0.82], 'fine-tuned': [0.95, 0.96, 0.98] },
  });
  expect(headline).toMatch(/^With 50 labels it is not settled/);
  expect(headline).toContain('Elsewhere: with 100 labels (+15.3 points) it helped.');
});

test('more labels that did not help the baseline are no measure of what was saved', () => {
  const headline = headlineOf({
    50: { supervised: [0.8, 0.81, 0.82], 'fine-tuned': [0.9, 0.92, 0.91] },
    100: { supervised: [0.8, 0.8, 0.81], 'fine-tuned': [0.9, 0.92, 0.91] },
  });
  expect(headline).not.toContain('supervised training with');
});

test('harm is said plainly', () => {
  expect(headlineOf({ 100: { supervised: [0.95, 0.94, 0.96], 'fine-tuned': [0.9, 0.9, 0.905] } })).toMatch(
    /^With 100 labels, BYOL pretraining did not help: it lowers accuracy from 95\.0% to 90\.2%: \u22124\.8 points \(95% interval \u22126\.7 to \u22122\.9; 3 seeds: \u22125\.5 to \u22124\.0\)\.$/,
  );
});

test('an interval that includes zero is not settled, with the seeds that would tell', () => {
  expect(headlineOf({ 100: { supervised: [0.917, 0.916, 0.935], 'fine-tuned': [0.919, 0.95, 0.935] } })).toBe(
    'With 100 labels it is not settled whether BYOL pretraining helps: accuracy went from 92.3% (supervised) to 93.5% ' +
      '(fine-tuned), +1.2 points (95% interval \u22123.5 to +5.9; 3 seeds: 0.0 to +3.4), and that interval includes zero. ' +
      'About 19 more seeds would tell (with 80% power, if mean and spread stay as they are).',
  );
});

test('two seeds are judged by their signs alone, and more are asked for', () => {
  const headline = headlineOf({ 50: { supervised: [0.8, 0.83], 'fine-tuned': [0.87, 0.885] } });
  expect(headline).toMatch(
    /not settled .* 2 seeds: \+5\.5 to \+7\.0\)\. Both seeds gained; run at least 3 to judge\.$/,
  );
  expect(headline).not.toContain('more seed');
  expect(headlineOf({ 50: { supervised: [0.8, 0.83], 'fine-tuned': [0.87, 0.8] } })).toContain(
    'One seed gained and one did not',
  );
});

test('two seeds that say the same to a hair are not enough either', () => {
  const two = { 50: { supervised: [0.8, 0.83], 'fine-tuned': [0.87, 0.9001] } };
  const [budget] = summarize(sampleResults(two).comparisons);
  expect(budget?.difference?.interval?.[0]).toBeGreaterThan(0.06);
  expect(budget?.verdict).toBe('not-settled');
  expect(headlineOf(two)).toMatch(/not settled .* Both seeds gained; run at least 3 to judge\.$/);
});

test('one seed is never settled, however large the gain', () => {
  const headline = headlineOf({
    50: { supervised: [0.5], 'fine-tuned': [0.99] },
    100: { supervised: [0.9], 'fine-tuned': [0.99] },
  });
  expect(headline).toMatch(
    /^With 50 labels it is not settled .* one seed alone, .* has no interval\. Run at least 3 seeds\.$/,
  );
});

test('no comparison is no answer', () => {
  expect(answerOf({ ...sampleResults(), comparisons: [] }).headline).toBe('No answer yet: no comparison was finished.');
});

test('a collapsed encoder takes the place of any answer', () => {
  const answer = answerOf(sampleResults(undefined, 0.0999));
  expect(answer).toMatchObject({ valid: false, efficiency: null });
  expect(answer.headline).toMatch(
    /^No valid answer: the encoder collapsed for seeds 11, 12 and 13 \(3 of 3\)\. .*seed 11 had nearly .*spread 0\.100; /,
  );
  expect(answer.headline).not.toContain('supervised training with');
  expect(answerOf(sampleResults(undefined, 0.1)).valid).toBe(true);
});

test('a gain that so few test images cannot carry is not called one', () => {
  const results = sampleResults({ 50: { supervised: scratch50, 'fine-tuned': [0.927, 0.93, 0.918] } });
  const few = {
    ...results,
    imageIntervals: [
      { labels: 50, arm: 'fine-tuned' as const, interval: [-0.01, 0.3] as [number, number], withSeeds: null },
    ],
  };
  const { headline, budgets } = answerOf(few);
  expect(budgets[0]?.verdict).toBe('not-settled');
  expect(headline).toContain(
    'but another draw of as many test images could turn it: their 95% interval is \u22121.0 to +30.0. More test images would settle it.',
  );
});

test('where seeds and test images both leave it open, more seeds alone are not said to tell', () => {
  const results = sampleResults({ 100: { supervised: [0.917, 0.916, 0.935], 'fine-tuned': [0.919, 0.95, 0.935] } });
  const headlineWith = (interval: [number, number]) =>
    answerOf({ ...results, imageIntervals: [{ labels: 100, arm: 'fine-tuned', interval, withSeeds: null }] }).headline;
  expect(headlineWith([-0.01, 0.034])).toContain(
    'About 19 more seeds, on more test images (over these the 95% interval is \u22121.0 to +3.4), would tell (with 80% power',
  );
  expect(headlineWith([0.001, 0.023])).toContain('About 19 more seeds would tell');
});

test('a gain so small against its spread that no number of seeds would do is said so', () => {
  expect(headlineOf({ 50: { supervised: [0.8, 0.82, 0.81], 'fine-tuned': [0.82, 0.8, 0.811] } })).toMatch(
    /zero\. More seeds will not settle it at this size of gain \(100 in all would hardly do\): longer training or more labels may\.$/,
  );
});

test('more seeds than anyone runs are no advice', () => {
  expect(headlineOf({ 50: { supervised: [0.8, 0.82, 0.81], 'fine-tuned': [0.83, 0.806, 0.818] } })).toMatch(
    /More seeds will not settle it at this size of gain \(about 59 more would be needed\): longer training/,
  );
});

test('arms that guess: the training comes first, and seeds are not asked for', () => {
  const guess = (seeds: number) => ({
    50: { supervised: [0.1, 0.12, 0.1].slice(0, seeds), 'fine-tuned': [0.12, 0.11, 0.13].slice(0, seeds) },
  });
  for (const seeds of [1, 3])
    expect(headlineOf(guess(seeds))).toMatch(
      /helps: no arm does much better than always naming the most frequent class \(10\.0%\); accuracy went from .* More seeds would not change that: the training has to learn something first\.$/,
    );
});

test('a gain that reaches no larger budget is told in labels of the baseline', () => {
  expect(
    headlineOf({
      50: { supervised: scratch50, 'fine-tuned': [0.852, 0.854, 0.851] },
      100: { supervised: scratch100, 'fine-tuned': [0.939, 0.95, 0.949] },
    }),
  ).toContain(' Supervised training would need about 74 labels for that (seed by seed: about 71 to 76).');
});

test('without fine-tuning the linear probe is what the answer is of', () => {
  const { headline, budgets } = answerOf(probeOnly());
  expect(headline).toBe(
    'With 50 labels, a linear probe on the BYOL encoder raises accuracy from 77.3% to 90.8%: +13.6 points ' +
      '(95% interval +9.8 to +17.3; 3 seeds: +12.5 to +15.3). Supervised training would need about 98 labels for that ' +
      '(seed by seed: about 96 to 100). Elsewhere: with 1,000 labels (\u22121.8 points) it did harm; ' +
      'with 100 labels (+1.4 points) it is not settled.' +
      choice,
  );
  expect(budgets[0]).toMatchObject({ pretrainedArm: 'linear-probe', fineTuned: null, verdict: 'helped' });
});
