import { epochsOf } from '../experiment/search-grid';
import type { Finding } from './findings/finding';
import type { ExperimentResults } from './results';
import { imagesLeaveOpen, varies, type BudgetStatistics } from './statistics';
import { counted, listed, percent, whole } from './wording';

/** Something to try because the answer disappoints. */
export interface NextStep {
  /** What to change, and what in the results says so. */
  text: string;
  /** The settings that do it, as `byol start` takes them; empty where no setting does. */
  settings: string[];
}

/** Pretrainings of fewer epochs are short beside published ones. */
const shortPretraining = 100;
/** A rise of kNN accuracy in the last third of pretraining that says that it had not finished. */
const stillRising = 0.005;
const fewImages = 10_000;
const mostSeeds = 100;

const list = (values: readonly number[]): string => `[${values.join(',')}]`;

/** Seeds with so many new ones after them, the smallest that are not there. */
function withMore(seeds: readonly number[], more: number): number[] {
  const all = [...seeds];
  for (let seed = 1; all.length < seeds.length + more; seed++) if (!all.includes(seed)) all.push(seed);
  return all;
}

/** What would settle what is not settled, where something would. */
function settlingSteps(budget: BudgetStatistics, { spec }: ExperimentResults): NextStep[] {
  const { verdict, difference, seedsToSettle } = budget;
  if (verdict !== 'not-settled' || !difference) return [];
  const { interval, seeds } = difference;
  const seedsStep = (text: string, more: number) => ({
    text: `${text} It is a new experiment, which trains the first ones again.`,
    settings: [`seeds=${list(withMore(spec.seeds, more))}`],
  });
  if (!interval || seeds.length === 2)
    return [seedsStep('Run at least 3 seeds: fewer have no interval that says much.', 3 - seeds.length)];
  if (!varies(difference)) return [];
  const larger = spec.dataset.kind === 'images' && spec.dataset.test < 0.4 ? ['dataset.test=0.4'] : [];
  if (interval[0] > 0 || interval[1] < 0)
    return [{ text: 'Test on more images: the seeds settle it, so few test images do not.', settings: larger }];
  const more = seedsToSettle === null ? 0 : seedsToSettle - seeds.length;
  if (more < 1 || spec.seeds.length + more > mostSeeds) return [];
  if (!imagesLeaveOpen(budget))
    return [seedsStep(`Run ${counted(more, 'more seed')}: about so many would tell.`, more)];
  return [
    seedsStep(`Run ${counted(more, 'more seed')}, and test on more images: seeds alone would not tell.`, more),
    {
      text: 'Test on more images: over so few the interval includes zero too, however many seeds judge them.',
      settings: larger,
    },
  ];
}

/** Mean kNN accuracy over the seeds after two thirds of pretraining and at its end; null where it was not measured. */
function lastThird({ pretraining }: ExperimentResults): { before: number; end: number } | null {
  const pairs = pretraining.flatMap(({ epochs }) => {
    const measured = epochs.filter(({ knnAccuracy }) => knnAccuracy !== undefined);
    const end = measured.at(-1);
    const before = end && measured.findLast(({ epoch }) => epoch <= (2 * end.epoch) / 3);
    return before?.knnAccuracy !== undefined && end?.knnAccuracy !== undefined
      ? [{ before: before.knnAccuracy, end: end.knnAccuracy }]
      : [];
  });
  if (pairs.length === 0) return null;
  const mean = (of: 'before' | 'end') => pairs.reduce((sum, pair) => sum + pair[of], 0) / pairs.length;
  return { before: mean('before'), end: mean('end') };
}

function lengthSteps(results: ExperimentResults): NextStep[] {
  const { epochs } = results.spec.pretraining;
  const settings = [`pretraining.epochs=${Math.max(10, 2 * epochs)}`];
  const knn = lastThird(results);
  if (knn && knn.end - knn.before > stillRising) {
    const rise = `from ${percent(knn.before)} to ${percent(knn.end)}`;
    return [{ text: `Pretrain longer: in its last third the encoder's kNN accuracy still rose, ${rise}.`, settings }];
  }
  if (knn || epochs >= shortPretraining) return [];
  return [
    { text: `Pretrain longer: published runs have hundreds of epochs, this one had ${whole(epochs)}.`, settings },
  ];
}

function imageSteps({ spec, dataset }: ExperimentResults): NextStep[] {
  const images = dataset.counts['unlabelled'];
  if (images === undefined) return [];
  if (typeof spec.dataset.unlabelled === 'number')
    return [
      {
        text: `Pretrain on all images that there are: dataset.unlabelled kept it to ${whole(images)}.`,
        settings: ['dataset.unlabelled=all'],
      },
    ];
  if (images >= fewImages || spec.dataset.kind !== 'images') return [];
  return [
    {
      text: `Pretrain on more images: ${whole(images)} are few, and more of the same kind need no labels (a folder unlabelled/ beside the classes).`,
      settings: [],
    },
  ];
}

/** The neighbour of a learning rate among ..., 0.01, 0.03, 0.1, ... */
const neighbour = (rate: number, end: 'lowest' | 'highest'): number =>
  Number((end === 'highest' ? (rate * 10) / 3 : rate / 3).toPrecision(1));

function searchSteps({ spec: { classifier } }: ExperimentResults, findings: readonly Finding[]): NextStep[] {
  const lengths = epochsOf(classifier);
  const edges = findings.flatMap(({ edge }) => edge ?? []);
  const endsOf = (axis: 'epochs' | 'learningRate') => [
    ...new Set(edges.filter((edge) => edge.axis === axis).map(({ end }) => end)),
  ];
  const widened = (axis: 'epochs' | 'learningRate', values: readonly number[]) => {
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
    ...(lengths.length === 1 ? [choice] : []),
    ...(others.length > 0 ? [widened('epochs', [...new Set([...lengths, ...others])])] : []),
    ...(rates.length > 0 ? [widened('learningRate', [...classifier.learningRates, ...rates])] : []),
  ];
}

/** What may mend a pretraining that left an encoder of no use. */
function healthSteps({ spec: { pretraining } }: ExperimentResults, findings: readonly Finding[]): NextStep[] {
  if (!findings.some(({ level, about }) => level === 'invalid' && about === 'pretraining')) return [];
  const { epochs, learningRate, tau, batch } = pretraining;
  if (epochs === 0)
    return [{ text: 'Pretrain: without it there is nothing to compare.', settings: ['pretraining.epochs=20'] }];
  const slower = tau.base < 0.99 ? 0.99 : tau.base < 0.996 ? 0.996 : null;
  return [
    {
      text: `Lower the learning rate of pretraining from ${learningRate}: the usual cause.`,
      settings: [`pretraining.learningRate=${neighbour(learningRate, 'lowest')}`],
    },
    ...(slower === null
      ? []
      : [{ text: 'Let the target network follow more slowly.', settings: [`pretraining.tau.base=${slower}`] }]),
    ...(batch >= 256 ? [] : [{ text: 'Take a larger batch.', settings: [`pretraining.batch=${2 * batch}`] }]),
  ];
}

/**
 * What to try when the answer disappoints: it is not valid, not settled, or says that pretraining did not help. What
 * would settle it comes first; empty where pretraining helped.
 * @param subject the label budget that the headline is about
 */
export function nextSteps(
  results: ExperimentResults,
  findings: readonly Finding[],
  subject: BudgetStatistics | undefined,
): NextStep[] {
  if (findings.some(({ level }) => level === 'invalid')) return healthSteps(results, findings);
  if (!subject || subject.verdict === 'helped') return [];
  return [
    ...settlingSteps(subject, results),
    ...lengthSteps(results),
    ...imageSteps(results),
    ...searchSteps(results, findings),
  ];
}
