import { examine } from '../../../report/findings/examine';
import { standardError } from '../../../experiment/standard-error';
import { sampleResults } from '../sample-results';

/** What is said of so many validation images, over which the chosen setting had `best` and the others `apart` less. */
function told(validation: number, best = 0.6, apart = 0.1): string | undefined {
  const results = sampleResults();
  results.dataset.counts = { ...results.dataset.counts, validation };
  results.comparisons.forEach((each) => {
    each.validationAccuracy = best;
    each.search.forEach((tried) => {
      const chosen = tried.learningRate === each.chosen.learningRate;
      tried.validationAccuracy = chosen ? best : best - apart;
    });
  });
  return examine(results).find(({ text }) => text.startsWith('The settings were chosen on'))?.text;
}

test('few validation images are told with the standard error at the chosen accuracy', () => {
  expect(told(20, 0.6, 0.05)).toBe(
    "The settings were chosen on 20 validation images: the chosen ones' mean accuracy there, 60.0%, over so few has a standard error of 10.1 points; " +
      'in 12 of 12 searches all settings lay closer together than that. So chance had a part in the choice, for every arm. ' +
      'Give more images to choose by (dataset.validation), or fewer settings to choose from.',
  );
  expect(told(20, 0.6, 0.3)).not.toContain('closer together');
  expect(told(20, 1, 0.3)).toContain('there, 100.0%, over so few has a standard error of 5.6 points');
});

test('more images are told only where the settings lie closer together than their error', () => {
  expect(told(500, 0.6, 0.01)).toContain('standard error of 2.2 points; in 12 of 12 searches');
  expect(told(500, 0.6, 0.05)).toBeUndefined();
  expect(told(5000, 0.6, 0.001)).toBeUndefined();
});

test('a single setting was not chosen', () => {
  const results = sampleResults();
  results.dataset.counts = { ...results.dataset.counts, validation: 20 };
  results.comparisons.forEach((each) => (each.search = each.search.slice(0, 1)));
  const texts = examine(results).map(({ text }) => text);
  expect(texts.filter((text) => /The settings were chosen on|validation labels chose/.test(text))).toEqual([]);
});

test('what the labels chose is named: rates, lengths or both', () => {
  const chose = (epochs: number[]) => {
    const results = sampleResults();
    results.comparisons.forEach((each) =>
      each.search.forEach((tried, at) => (tried.epochs = epochs[at % epochs.length] as number)),
    );
    return examine(results)
      .map(({ text }) => /validation labels chose (.*) beside/.exec(text)?.[1])
      .find(Boolean);
  };
  expect(chose([60])).toBe('learning rate');
  expect(chose([30, 60])).toBe('learning rate and length');
});

test('the standard error is the binomial one where there are many images', () => {
  expect(standardError(0.6, 5000)).toBeCloseTo(Math.sqrt((0.6 * 0.4) / 5000), 5);
  // Agresti & Coull: 12 of 20 count as 14 of 24.
  expect(standardError(0.6, 20)).toBeCloseTo(0.10064, 4);
});
