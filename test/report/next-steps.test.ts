import { answerOf } from '../../report/answer';
import { renderReport } from '../../report/render';
import { experimentResults, type ExperimentResults } from '../../report/results';
import { sampleResults } from './sample-results';

const notSettled = { 100: { supervised: [0.917, 0.916, 0.935], 'fine-tuned': [0.919, 0.95, 0.935] } };
const harm = { 100: { supervised: [0.95, 0.94, 0.96], 'fine-tuned': [0.9, 0.9, 0.905] } };
const nextOf = (results: ExperimentResults) => answerOf(results).next;
const settingsOf = (results: ExperimentResults) => nextOf(results).flatMap(({ settings }) => settings);

type Spec = ExperimentResults['spec'];
const withSpec = (results: ExperimentResults, change: (spec: Spec) => object) =>
  experimentResults.parse({ ...results, spec: { ...results.spec, ...change(results.spec) } });
const withKnn = (results: ExperimentResults, knn: (epoch: number) => number) => ({
  ...results,
  pretraining: results.pretraining.map((each) => ({
    ...each,
    epochs: each.epochs.map((epoch) => ({ ...epoch, knnAccuracy: knn(epoch.epoch) })),
  })),
});

test('an answer that does not disappoint leaves nothing to try', () => {
  expect(nextOf(sampleResults())).toEqual([]);
  expect(nextOf({ ...sampleResults(), comparisons: [] })).toEqual([]);
});

test('not settled: as many more seeds as the headline says, new ones, and what else may move it', () => {
  const results = sampleResults(notSettled);
  const { headline, next } = answerOf(results);
  expect(headline).toContain('About 19 more seeds would tell');
  expect(next[0]!.text).toMatch(/^Run 19 more seeds: about so many would tell\./);
  const seeds = JSON.parse(next[0]!.settings[0]!.replace('seeds=', '')) as number[];
  expect(seeds).toHaveLength(22);
  expect(new Set(seeds).size).toBe(22);
  expect(seeds.slice(0, 5)).toEqual([11, 12, 13, 1, 2]);
  expect(next.slice(1).flatMap(({ settings }) => settings)).toEqual([
    'pretraining.epochs=12',
    'dataset.unlabelled=all',
    'classifier.minStepsPerEpoch=7',
    'classifier.epochs=[60,120]',
    'classifier.learningRates=[0.0003,0.001,0.003,0.01]',
  ]);
});

test('few steps of pretraining: more of them come before more seeds', () => {
  const withSteps = (steps: number) => {
    const results = sampleResults(notSettled);
    const of = (epochs: ExperimentResults['pretraining'][number]['epochs']) =>
      epochs.map((each) => ({ ...each, steps }));
    return { ...results, pretraining: results.pretraining.map((each) => ({ ...each, epochs: of(each.epochs) })) };
  };
  const kinds = (steps: number) => nextOf(withSteps(steps)).map(({ text }) => text.replace(/^(\w+ \S+).*/, '$1'));
  expect(kinds(20).slice(0, 2)).toEqual(['Pretrain longer:', 'Run 19']);
  expect(kinds(1000).slice(0, 2)).toEqual(['Run 19', 'Pretrain longer:']);
  expect(kinds(20).filter((kind) => kind === 'Pretrain longer:')).toHaveLength(1);
  const poor = (steps: number) => nextOf(withKnn(withSteps(steps), () => 0.09)).map(({ text }) => text);
  expect(poor(20)[0]).toMatch(/^Pretrain longer: its/);
  expect(poor(20).join()).not.toContain('larger batch');
  expect(poor(1000)[0]).toMatch(/^Lower the learning rate of pretraining/);
});

test('one seed or two: at least three', () => {
  const one = sampleResults({ 50: { supervised: [0.5], 'fine-tuned': [0.9] } });
  const two = sampleResults({ 50: { supervised: [0.8, 0.83], 'fine-tuned': [0.87, 0.885] } });
  expect(settingsOf(one)[0]).toBe('seeds=[11,1,2]');
  expect(settingsOf(two)[0]).toBe('seeds=[11,12,1]');
});

const guessed = { 50: { supervised: [0.1, 0.12, 0.1], 'fine-tuned': [0.12, 0.11, 0.13] } };

test('arms that guess: training that learns something, the labels, and no seeds', () => {
  const next = nextOf(sampleResults(guessed));
  expect(next[0]).toEqual({
    text: 'Train the classifiers longer: with 50 labels no arm does much better than guessing.',
    settings: ['classifier.epochs=[60,240]'],
  });
  expect(settingsOf(sampleResults(guessed)).slice(1, 3)).toEqual([
    'classifier.learningRates=[0.0003,0.001,0.003,0.01,0.03]',
    'labels=[50,200]',
  ]);
  expect(next[2]!.text).toMatch(/^Check that each image has its own label/);
  expect(settingsOf(sampleResults(guessed)).join()).not.toContain('seeds=');
  expect(renderReport(sampleResults(guessed)).html).toContain('>arms that learn more than to guess</td>');
});

test('a gain that only very many seeds would settle: longer pretraining and more labels instead', () => {
  const small = sampleResults({ 50: { supervised: [0.8, 0.82, 0.81], 'fine-tuned': [0.83, 0.806, 0.818] } });
  const next = nextOf(small);
  expect(next[0]!.text).toMatch(/^Pretrain longer/);
  expect(settingsOf(small)).toContain('labels=[50,200]');
  expect(settingsOf(small).join()).not.toContain('seeds=');
  expect(renderReport(small).html).toContain('>a larger gain: 59 more seeds at this one</td>');
  const all = { ...small, dataset: { ...small.dataset, counts: { ...small.dataset.counts, train: 199 } } };
  expect(settingsOf(all).join()).not.toContain('labels=');
});

test('an encoder that is no better than chance: pretraining itself comes first', () => {
  const [first, second] = nextOf(withKnn(sampleResults(notSettled), () => 0.09));
  expect(first!.text).toMatch(/^Lower the learning rate of pretraining/);
  expect(first!.settings).toEqual(['pretraining.learningRate=0.001']);
  expect(second!.settings[0]).not.toMatch(/^seeds=/);
});

test('few test images: more of them, and no seeds', () => {
  const results = sampleResults({ 50: { supervised: [0.78, 0.76, 0.77], 'fine-tuned': [0.92, 0.93, 0.91] } });
  const interval = {
    labels: 50,
    arm: 'fine-tuned' as const,
    interval: [-0.01, 0.3] as [number, number],
    withSeeds: null,
  };
  const next = nextOf({ ...results, imageIntervals: [interval] });
  expect(next[0]).toEqual({
    text: expect.stringMatching(
      /^Test on more images: .*\. 10,000 are all that MNIST has: ask of a larger dataset\.$/,
    ) as string,
    settings: [],
  });
  expect(next.flatMap(({ settings }) => settings).join()).not.toContain('seeds=');
});

test('seeds and test images both leave it open: more of both, in text, settings and table', () => {
  const results = sampleResults(notSettled);
  const own = withSpec(results, () => ({ dataset: { kind: 'images', source: '/photos', size: 64 } }));
  const open = (interval: [number, number]): ExperimentResults => ({
    ...own,
    imageIntervals: [{ labels: 100, arm: 'fine-tuned', interval, withSeeds: null }],
  });
  const both = nextOf(open([-0.01, 0.034]));
  expect(both[0]!.text).toMatch(/^Run 19 more seeds, and test on more images: seeds alone would not tell\./);
  expect(both[0]!.settings[0]).toMatch(/^seeds=/);
  expect(both[1]).toMatchObject({ settings: ['dataset.test=0.4'] });
  expect(renderReport(open([-0.01, 0.034])).html).toMatch(/>19 more seeds and more test images<\/td>/);
  expect(nextOf(open([0.001, 0.023]))[0]!.text).toMatch(/^Run 19 more seeds: about so many would tell\./);
  expect(renderReport(open([0.001, 0.023])).html).toMatch(/>19 more seeds<\/td>/);
});

test('harm: nothing about seeds, since they have settled it', () => {
  expect(settingsOf(sampleResults(harm)).join()).not.toContain('seeds=');
  expect(nextOf(sampleResults(harm)).length).toBeGreaterThan(1);
});

test('longer pretraining where kNN still rose or was never measured and pretraining was short', () => {
  const results = sampleResults(harm);
  const textOf = (from: ExperimentResults) =>
    nextOf(from).find(({ text }) => text.startsWith('Pretrain longer'))?.text ?? '';
  expect(textOf(results)).toContain('this one had 6');
  expect(textOf(withKnn(results, (epoch) => 0.5 + epoch / 100))).toContain('still rose, from 54.0% to 56.0%');
  expect(textOf(withKnn(results, () => 0.6))).toBe('');
  expect(textOf(withSpec(results, ({ pretraining }) => ({ pretraining: { ...pretraining, epochs: 200 } })))).toBe('');
});

test('a pretraining of few steps is to be longer, whatever its kNN did', () => {
  const results = withKnn(sampleResults(harm), () => 0.6);
  const short = {
    ...results,
    pretraining: results.pretraining.map((each) => ({
      ...each,
      epochs: each.epochs.map((epoch) => ({ ...epoch, steps: 6 })),
    })),
  };
  expect(nextOf(short)).toContainEqual({
    text: 'Pretrain longer: its 36 optimizer steps are few, an encoder may need thousands.',
    settings: ['pretraining.epochs=167'],
  });
});

test('few unlabelled images of their own are told, many are not', () => {
  const own = withSpec(sampleResults(harm), () => ({ dataset: { kind: 'images', source: '/photos', size: 64 } }));
  const counted = (unlabelled: number) => ({ ...own, dataset: { ...own.dataset, counts: { unlabelled } } });
  const told = (results: ExperimentResults) =>
    nextOf(results).filter(({ text }) => text.includes('a folder unlabelled/'));
  expect(told(counted(2400))).toEqual([
    { text: expect.stringMatching(/^Pretrain on more images: 2,400 are few/) as string, settings: [] },
  ]);
  expect(told(counted(20_000))).toEqual([]);
});

test('a search whose end was the best is widened there', () => {
  const results = sampleResults(harm);
  const choosing = (learningRate: number) => ({
    ...results,
    comparisons: results.comparisons.map((each) => chosenIsBest({ ...each, chosen: { ...each.chosen, learningRate } })),
  });
  expect(settingsOf(choosing(0.003)).join()).not.toContain('learningRates');
  const step = nextOf(choosing(0.01)).at(-1)!;
  expect(step.text).toBe(
    'Widen the search: the learning rate at its end was the best in most searches of supervised and fine-tuned.',
  );
  expect(step.settings).toEqual(['classifier.learningRates=[0.001,0.003,0.01,0.03]']);
});

test('what a finding asks for is among the steps: classifiers that train long enough, more rates', () => {
  const results = withSpec(sampleResults(notSettled), ({ classifier }) => ({
    classifier: { ...classifier, epochs: 10, learningRates: [0.003], minStepsPerEpoch: 4 },
  }));
  expect(settingsOf(results)).toContain('classifier.minStepsPerEpoch=40');
  expect(settingsOf(results)).toContain('classifier.learningRates=[0.001,0.003,0.01]');
  const long = withSpec(results, ({ classifier }) => ({ classifier: { ...classifier, minStepsPerEpoch: 40 } }));
  expect(settingsOf(long).join()).not.toContain('minStepsPerEpoch');
});

/** The validation accuracies such that what was chosen was the best. */
function chosenIsBest(each: ExperimentResults['comparisons'][number]) {
  const search = each.search.map((tried) =>
    tried.learningRate === each.chosen.learningRate ? { ...tried, validationAccuracy: 1 } : tried,
  );
  return { ...each, search };
}

test('a collapse: what may mend it, and nothing about seeds or search', () => {
  const results = withSpec(sampleResults(undefined, 0.03), ({ pretraining }) => ({
    pretraining: { ...pretraining, tau: { ...pretraining.tau, base: 0.9 } },
  }));
  expect(answerOf(results).headline).toContain('collapsed');
  expect(settingsOf(results)).toEqual([
    'pretraining.learningRate=0.001',
    'pretraining.tau.base=0.99',
    'pretraining.batch=64',
  ]);
  const none = withSpec(sampleResults(), ({ pretraining }) => ({ pretraining: { ...pretraining, epochs: 0 } }));
  expect(settingsOf(none)).toEqual(['pretraining.epochs=20']);
});

test('page, Markdown and JSON say the same, with commands that a shell takes', () => {
  const results = sampleResults(notSettled);
  const { html, markdown, json, next } = renderReport(results);
  expect(next.length).toBeGreaterThan(3);
  expect((JSON.parse(json) as { next: unknown }).next).toEqual(next);
  const names = [...markdown.matchAll(/^byol start spec\.yaml name=(\S+)/gm)].map(([, name]) => name);
  expect(names).toEqual([2, 3, 4, 5, 6, 7].map((number) => `mnist-quickstart-${number}`));
  const command = `byol start spec.yaml name=mnist-quickstart-6 'classifier.epochs=[60,120]'`;
  expect(markdown).toContain(`## What to try next`);
  expect(markdown).toContain(`\`\`\`\n${command}\n\`\`\``);
  expect(html).toContain(`>${command.replaceAll("'", '&#39;')}</pre>`);
  for (const { text } of next) expect(html).toContain(text.replaceAll("'", '&#39;'));
  expect(renderReport(sampleResults()).html).not.toContain('What to try next');
});
