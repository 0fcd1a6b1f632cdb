import { examine } from '../../../report/findings/examine';
import type { ExperimentResults } from '../../../report/results';
import { sampleResults } from '../sample-results';

/** The findings about an encoder whose kNN accuracy went like this, the same for each seed or by seed. */
function told(knn: (share: number, seed: number) => number, counts?: ExperimentResults['dataset']['counts']): string[] {
  const results = sampleResults();
  results.pretraining.forEach(({ seed, epochs }) =>
    epochs.forEach((epoch) => (epoch.knnAccuracy = knn(epoch.epoch / epochs.length, seed))),
  );
  if (counts) results.dataset.counts = counts;
  return examine(results)
    .filter(({ poorEncoder }) => poorEncoder)
    .map(({ text }) => text);
}

test('an encoder that is no better than chance at the end is told, seed by seed', () => {
  expect(told((_, seed) => (seed === 12 ? 0.7 : 0.098))).toEqual([
    expect.stringContaining(
      'After pretraining the encoder of seeds 11 and 13 tells classes apart no better than chance: kNN accuracy 9.8% and 9.8%, and always naming the most frequent class gives 10.0%.',
    ),
  ]);
});

test('a kNN accuracy that fell as pretraining went is told from its best on', () => {
  expect(told((share, seed) => (seed === 11 ? 0.6 - 0.4 * Math.abs(share - 0.5) : 0.7))).toEqual([
    expect.stringContaining(
      'The encoder became worse as pretraining went on: the kNN accuracy of seed 11 fell from 60.0% after epoch 3 to 40.0% at the end.',
    ),
  ]);
});

test('one that is no better than the first weights is told with both figures', () => {
  const from = (before: number, after: number) => {
    const results = sampleResults();
    results.pretraining.forEach(({ epochs }) => {
      epochs.forEach((epoch) => (epoch.knnAccuracy = after));
      epochs[0]!.knnBefore = before;
    });
    return examine(results).filter(({ poorEncoder }) => poorEncoder);
  };
  expect(from(0.8, 0.6).map(({ text }) => text)).toEqual([
    expect.stringContaining(
      'Pretraining left the encoder no better than the weights that it started from: the kNN accuracy of seed 11 was 80.0% before it and is 60.0% after it,',
    ),
  ]);
  expect(from(0.6, 0.8)).toEqual([]);
  expect(from(0.6, 0.1005).filter(({ text }) => text.startsWith('Pretraining left'))).toEqual([]); // told as chance
});

test('one that rises, wavers, or was not measured is not spoken of', () => {
  expect(told((share) => 0.5 + 0.3 * share)).toEqual([]);
  expect(told((share) => (share === 1 ? 0.68 : 0.7))).toEqual([]);
  expect(examine(sampleResults()).some(({ poorEncoder }) => poorEncoder)).toBe(false);
});

test('over few validation images a fall has to be larger', () => {
  const fell = (share: number) => (share === 1 ? 0.62 : 0.7);
  expect(told(fell, { validation: 1000 })).toHaveLength(1);
  expect(told(fell, { validation: 20 })).toEqual([]);
});
