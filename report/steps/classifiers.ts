import { epochsOf } from '../../experiment/search-grid';
import type { Finding } from '../findings/finding';
import type { ExperimentResults } from '../results';
import type { BudgetStatistics } from '../statistics';
import { budgetPhrase, counted, listed } from '../wording';
import { moreLabels } from './settling';
import { list, neighbour, widened, type NextStep } from '../next-step';

/** How many times as long a classifier that has learned nothing is trained next. */
const timesAsLong = 4;

/** Where no arm has learned anything: what may make it learn. Seeds would only tell the noise more exactly. */
export function learningSteps(budget: BudgetStatistics, { spec, dataset }: ExperimentResults): NextStep[] {
  const { classifier, labels } = spec;
  const longest = Math.max(...epochsOf(classifier));
  const look = spec.dataset.kind === 'images' ? ' ("byol data" on its source lists the classes)' : '';
  return [
    {
      text: `Train the classifiers longer: with ${budgetPhrase(budget.labels, budget.labelCount)} no arm does much better than guessing.`,
      settings: [`classifier.epochs=${list([longest, timesAsLong * longest])}`],
    },
    {
      text: 'Try lower and higher learning rates than those that were tried.',
      settings: [`classifier.learningRates=${list(widened(classifier.learningRates))}`],
    },
    { text: `Check that each image has its own label${look}: labels that were mixed up look like this.`, settings: [] },
    ...moreLabels('so few may be too few for any arm', budget, { labels, pool: dataset.counts['train'] ?? 0 }),
  ];
}

export function searchSteps({ spec: { classifier } }: ExperimentResults, findings: readonly Finding[]): NextStep[] {
  const lengths = epochsOf(classifier);
  const edges = findings.flatMap(({ edge }) => edge ?? []);
  const endsOf = (axis: 'epochs' | 'learningRate') => [
    ...new Set(edges.filter((edge) => edge.axis === axis).map(({ end }) => end)),
  ];
  const atTheEnds = (axis: 'epochs' | 'learningRate', values: readonly number[]) => {
    const arms = listed([...new Set(edges.filter((edge) => edge.axis === axis).map(({ arm }) => arm))]);
    const what = axis === 'epochs' ? 'the length' : 'the learning rate';
    return {
      text: `Widen the search: ${what} at its end was the best in most searches of ${arms}.`,
      settings: [`classifier.${axis === 'epochs' ? axis : 'learningRates'}=${list([...values].sort((a, b) => a - b))}`],
    };
  };
  const rates = endsOf('learningRate').map((end) =>
    neighbour((end === 'lowest' ? Math.min : Math.max)(...classifier.learningRates), end),
  );
  const others = endsOf('epochs').map((end) =>
    end === 'lowest' ? Math.ceil(Math.min(...lengths) / 2) : 2 * Math.max(...lengths),
  );
  const [only] = lengths;
  const choice = {
    text: `Let the search choose how long the classifiers train: the only length tried was ${counted(only ?? 0, 'epoch')}.`,
    settings: [`classifier.epochs=${list([only ?? 0, 2 * (only ?? 0)])}`],
  };
  return [
    ...findings.flatMap(({ mend }) => mend ?? []),
    ...(lengths.length === 1 ? [choice] : []),
    ...(others.length > 0 ? [atTheEnds('epochs', [...new Set([...lengths, ...others])])] : []),
    ...(rates.length > 0 ? [atTheEnds('learningRate', [...classifier.learningRates, ...rates])] : []),
  ];
}
