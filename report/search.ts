import type { Setting } from '../experiment/search-grid';
import type { ComparisonResult, ExperimentResults } from './results';
import { counted, rate } from './wording';

/** One entry of a search with what became of it. */
export type Tried = ComparisonResult['search'][number];

export const sameSetting = (a: Setting, b: Setting): boolean =>
  a.learningRate === b.learningRate && a.epochs === b.epochs;

/** Every setting that any of the searches tried, once, by learning rate and then length. */
export function triedSettings(comparisons: readonly ComparisonResult[]): Setting[] {
  const all = comparisons.flatMap(({ search }) => search);
  return all
    .filter((one, at) => all.findIndex((other) => sameSetting(one, other)) === at)
    .map(({ learningRate, epochs }) => ({ learningRate, epochs }))
    .sort((a, b) => a.learningRate - b.learningRate || a.epochs - b.epochs);
}

/** '0.003', or '0.003, 60 epochs' where the searches differ in length too. */
export function settingName(setting: Setting, comparisons: readonly ComparisonResult[]): string {
  const lengths = new Set(triedSettings(comparisons).map(({ epochs }) => epochs));
  return lengths.size < 2
    ? rate(setting.learningRate)
    : `${rate(setting.learningRate)}, ${counted(setting.epochs, 'epoch')}`;
}

/** What was chosen among several in any of the searches: 'learning rate and length', or ''. */
export function chosenAmong(comparisons: readonly ComparisonResult[]): string {
  const varies = (value: (tried: Setting) => number) =>
    comparisons.some(({ search }) => new Set(search.map(value)).size > 1);
  return [
    ...(varies(({ learningRate }) => learningRate) ? ['learning rate'] : []),
    ...(varies(({ epochs }) => epochs) ? ['length'] : []),
  ].join(' and ');
}

/** Validation images by which anything was chosen. */
export const chosenOn = ({ comparisons, dataset }: Pick<ExperimentResults, 'comparisons' | 'dataset'>): number =>
  chosenAmong(comparisons) === '' ? 0 : (dataset.counts['validation'] ?? 0);

/** What the search says of the chosen setting; undefined where it was not among those tried. */
export const chosenOf = (result: ComparisonResult): Tried | undefined =>
  result.search.find((tried) => sameSetting(tried, result.chosen));
