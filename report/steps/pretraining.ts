import { fewPretrainingSteps } from '../../experiment/pretraining-steps';
import type { ExperimentResults } from '../results';
import { counted, percent, whole } from '../wording';
import { neighbour, type NextStep } from '../next-step';

/** Pretrainings of fewer epochs are short beside published ones. */
const shortPretraining = 100;
/** A rise of kNN accuracy in the last third of pretraining that says that it had not finished. */
const stillRising = 0.005;
const fewImages = 10_000;

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

const stepsPerEpoch = ({ pretraining }: ExperimentResults): number => pretraining[0]?.epochs[0]?.steps ?? 0;

/** Whether pretraining took fewer optimizer steps than an encoder needs. */
export function hasFewSteps(results: ExperimentResults): boolean {
  const steps = results.spec.pretraining.epochs * stepsPerEpoch(results);
  return steps > 0 && steps < fewPretrainingSteps;
}

export function lengthSteps(results: ExperimentResults): NextStep[] {
  const { epochs } = results.spec.pretraining;
  const settings = [`pretraining.epochs=${Math.max(10, 2 * epochs)}`];
  const knn = lastThird(results);
  if (knn && knn.end - knn.before > stillRising) {
    const rise = `from ${percent(knn.before)} to ${percent(knn.end)}`;
    return [{ text: `Pretrain longer: in its last third the encoder's kNN accuracy still rose, ${rise}.`, settings }];
  }
  const perEpoch = stepsPerEpoch(results);
  if (hasFewSteps(results)) {
    const steps = epochs * perEpoch;
    const more = Math.max(10, 2 * epochs, Math.ceil(fewPretrainingSteps / perEpoch));
    return [
      {
        text: `Pretrain longer: its ${counted(steps, 'optimizer step')} are few, an encoder may need thousands.`,
        settings: [`pretraining.epochs=${more}`],
      },
    ];
  }
  if (knn || epochs >= shortPretraining) return [];
  return [
    { text: `Pretrain longer: published runs have hundreds of epochs, this one had ${whole(epochs)}.`, settings },
  ];
}

export function imageSteps({ spec, dataset }: ExperimentResults): NextStep[] {
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

/** What may mend a pretraining that left an encoder of no use. */
export function healthSteps({ spec: { pretraining } }: ExperimentResults): NextStep[] {
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
