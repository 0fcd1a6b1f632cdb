import type { Augmentation } from '../augmentation';
import { autoPrecision } from '../precision';
import type { ExperimentSpec } from '../resolve';
import { leastClassifierSteps, small, type Choice, type Situation } from './choices';

/** The settings of a plan with why they are so. @param fit why pretraining is so long */
export function explain(situation: Situation, spec: ExperimentSpec, fit: string): Choice[] {
  return [
    ...ofTheData(situation, spec),
    ...ofTheNetwork(situation, spec),
    viewsChoice(situation, spec),
    ...ofTheTraining(situation, spec, fit),
  ];
}

const n = (value: number) => value.toLocaleString('en-US');
const list = (values: readonly unknown[]) => values.join(', ');

const deviceWords = ({ machine }: Situation): string =>
  machine.device === 'gpu' ? 'a GPU' : `a CPU with ${machine.cores} cores`;

function ofTheData(situation: Situation, { dataset, labels }: ExperimentSpec): Choice[] {
  const { look, size, counts } = situation;
  // A share is drawn of each class by itself, and how it is rounded there is not known yet.
  const share = (dataset.validation ?? 1) < 1 && look.facts.validation === undefined;
  const about = (count: number) => `${share ? 'about ' : ''}${n(count)}`;
  const all = look.facts.unlabelled === undefined ? about(counts.unlabelled) : n(counts.unlabelled);
  return [
    {
      setting: 'dataset.size',
      value: `${size} x ${size}, ${look.facts.channels === 1 ? 'grey' : 'colour'}`,
      reason:
        look.dataset.kind === 'images'
          ? `the images' shorter side is about ${n(look.facts.pixels)} pixels; ${deviceWords(situation)} trains this size`
          : 'as the dataset is published',
    },
    {
      setting: 'dataset.unlabelled',
      value: dataset.unlabelled === 'all' ? `all ${all}` : n(counts.unlabelled),
      reason:
        look.facts.unlabelled === undefined ? 'training images, without their labels' : 'the images without labels',
    },
    {
      setting: 'labels',
      value: list(labels),
      reason: `of ${about(counts.pool)} outside of validation (${about(counts.validation)}), in ${look.facts.classes} classes: few, and ${labels.includes('all') ? 'all' : 'many'}`,
    },
  ];
}

function ofTheNetwork(situation: Situation, { model, precision }: ExperimentSpec): Choice[] {
  return [
    {
      setting: 'model',
      value: `${model.backbone}, ${model.stem ?? '7x7'} stem, width ${model.width ?? 64}`,
      reason:
        situation.machine.device === 'gpu'
          ? 'the usual network for a GPU'
          : `small enough for ${deviceWords(situation)}`,
    },
    {
      setting: 'precision',
      value: precision,
      reason: autoPrecision(situation.machine).reason,
    },
  ];
}

function viewsChoice({ look, size }: Situation, { pretraining: { views } }: ExperimentSpec): Choice {
  const [first, second] = [views.first, views.second].map(operations) as [string, string];
  const reason =
    look.facts.channels === 1
      ? 'grey images have no colours to change, and a flip may change what they show'
      : small(size)
        ? "the paper's without blur, which leaves little of so small an image"
        : "the paper's asymmetric pair";
  return { setting: 'pretraining.views', value: first === second ? first : `${first}; ${second}`, reason };
}

const operations = (augmentations: readonly Augmentation[]) => list(augmentations.map(({ op }) => op)) || 'none';

function ofTheTraining({ machine }: Situation, spec: ExperimentSpec, fit: string): Choice[] {
  const { pretraining, classifier, seeds } = spec;
  return [
    {
      setting: 'pretraining.batch',
      value: String(pretraining.batch),
      reason:
        machine.device === 'gpu'
          ? 'fills the GPU'
          : 'steps are what teaches in a short run, and a small batch makes more of them',
    },
    { setting: 'pretraining.epochs', value: n(pretraining.epochs), reason: fit },
    {
      setting: 'pretraining.learningRate',
      value: String(pretraining.learningRate),
      reason: 'a usual one; the report says if the encoder became worse with it',
    },
    {
      setting: 'classifier.epochs',
      value: list([classifier.epochs].flat()),
      reason: 'the same for every arm',
    },
    {
      setting: 'classifier.minStepsPerEpoch',
      value: String(classifier.minStepsPerEpoch ?? 1),
      reason: `few labels make few steps: an epoch passes over them until it has as many. With fewer than ${leastClassifierSteps} in all the baseline falls short`,
    },
    {
      setting: 'classifier.augment',
      value: operations(classifier.augment),
      reason:
        "as pretraining's second view, for every arm: with less, part of the difference would be the augmentation's",
    },
    {
      setting: 'classifier.learningRates',
      value: list(classifier.learningRates),
      reason: 'every arm tries all; the validation split chooses',
    },
    {
      setting: 'seeds',
      value: list(seeds),
      reason: 'fewer than 3 cannot tell a gain from luck; more narrow the interval',
    },
  ];
}
