import { sampleResults } from '../sample-results';
import { invalid } from './examined';

/** The sample; of the first comparison those settings have a loss that is no number and all validation images wrong. */
function withDiverged(diverged: (rate: number) => boolean) {
  const results = sampleResults();
  const [first] = results.comparisons;
  if (!first) throw new Error('no comparison');
  first.search = first.search.map((tried) =>
    diverged(tried.learningRate) ? { ...tried, validationAccuracy: 0, validationLoss: NaN } : tried,
  );
  const [best] = [...first.search].sort((a, b) => b.validationAccuracy - a.validationAccuracy);
  if (!best) throw new Error('no setting');
  first.chosen = { learningRate: best.learningRate, epochs: best.epochs };
  return results;
}

test('a classifier that diverged with every setting makes the comparison invalid', () => {
  expect(invalid(withDiverged(() => true))).toEqual([
    expect.stringContaining(
      'Training diverged with every setting that was tried for supervised with 50 labels, seed 11:',
    ),
  ]);
});

test('one that diverged with some settings lost the search with them, and is not accused', () => {
  expect(invalid(withDiverged((rate) => rate > 0.005))).toEqual([]);
});
