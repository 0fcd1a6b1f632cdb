import { dataName } from '../../experiment/data-name';
import type { ExperimentResults } from '../results';
import type { BudgetStatistics } from '../statistics';
import { toSettle } from '../to-settle';
import { counted, whole } from '../wording';
import { list, type NextStep } from '../next-step';

/** Seeds with so many new ones after them, the smallest that are not there. */
function withMore(seeds: readonly number[], more: number): number[] {
  const all = [...seeds];
  for (let seed = 1; all.length < seeds.length + more; seed++) if (!all.includes(seed)) all.push(seed);
  return all;
}

/** What would settle what is not settled: seeds, test images, or labels where no number of seeds that anyone runs would. */
export function settlingSteps(budget: BudgetStatistics, { spec, dataset }: ExperimentResults): NextStep[] {
  const seedsStep = (text: string, more: number): NextStep => ({
    text: `${text} It is a new experiment, which trains the first ones again.`,
    settings: [`seeds=${list(withMore(spec.seeds, more))}`],
  });
  const { dataset: source } = spec;
  const larger = source.kind === 'images' && source.test < 0.4 ? ['dataset.test=0.4'] : [];
  const all =
    source.kind === 'images'
      ? ''
      : ` ${whole(dataset.counts['test'] ?? 0)} are all that ${dataName(source)} has: ask of a larger dataset.`;
  const imagesStep = (why: string): NextStep => ({ text: `Test on more images: ${why}.${all}`, settings: larger });
  const overFew = imagesStep('over so few the interval includes zero too, however many seeds judge them');
  const need = toSettle(budget);
  switch (need.by) {
    case 'three-seeds':
      return budget.difference
        ? [seedsStep('Run at least 3 seeds: fewer have no interval that says much.', need.more)]
        : [];
    case 'test-images':
      return [imagesStep('the seeds settle it, so few test images do not')];
    case 'seeds':
      return need.testImages
        ? [
            seedsStep(
              `Run ${counted(need.more, 'more seed')}, and test on more images: seeds alone would not tell.`,
              need.more,
            ),
            overFew,
          ]
        : [seedsStep(`Run ${counted(need.more, 'more seed')}: about so many would tell.`, need.more)];
    case 'larger-gain':
      return [
        ...moreLabels('which images have one differs from seed to seed, and is part of the spread', budget, {
          labels: spec.labels,
          pool: dataset.counts['train'] ?? 0,
        }),
      ];
    case 'nothing':
    case 'learning':
    case 'spread':
      return [];
  }
}

/** How many times as many labels are worth a try. */
const timesTheLabels = 4;

/** The next larger number of labels, where there are so many. @param pool labelled images that training may use */
export function moreLabels(
  why: string,
  { labelCount }: BudgetStatistics,
  { labels, pool }: { labels: ExperimentResults['spec']['labels']; pool: number },
): NextStep[] {
  const wanted = timesTheLabels * labelCount;
  if (wanted > pool || labels.includes('all') || labels.includes(wanted)) return [];
  return [{ text: `Give more labels: ${why}.`, settings: [`labels=[${[...labels, wanted].join(',')}]`] }];
}
