import { autoPrecision } from '../precision';
import type { ExperimentSpecInput } from '../spec';
import {
  budgetsOf,
  classifierViews,
  modelOf,
  searchedRates,
  tauOf,
  viewsOf,
  type Choice,
  type Effort,
  type Setting,
} from './choices';

/** The middle rates first: those at the ends are seldom chosen. */
const order = [1, 2, 0, 3];

const ratesOf = (setting: Setting, count: number): number[] => {
  const all = searchedRates(setting);
  return order
    .slice(0, count)
    .sort((a, b) => a - b)
    .map((at) => all[at] as number);
};

/** The spec of a setting and an effort, as a user would write it. */
export function draftSpec(setting: Setting, effort: Effort): ExperimentSpecInput {
  const { look, machine, size, counts, unlabelled, batch } = setting;
  const { channels } = look.facts;
  const ofImages = look.dataset.kind === 'images' ? { size, channels } : {};
  const steps = effort.pretrainingEpochs * Math.max(1, Math.floor(counts.unlabelled / batch));
  const large = machine.device === 'gpu';
  return {
    name: look.name,
    description: `Does BYOL pretraining help on ${look.name}? Planned by byol start data=...`,
    dataset: { ...look.dataset, ...ofImages, unlabelled, ...validationOf(setting) } as ExperimentSpecInput['dataset'],
    model: modelOf(setting),
    precision: autoPrecision(machine).precision,
    labels: budgetsOf(setting),
    seeds: Array.from({ length: effort.seeds }, (_, at) => at + 1),
    pretraining: {
      epochs: effort.pretrainingEpochs,
      batch,
      optimizer: { name: 'adam', weightDecay: 1e-4 },
      learningRate: large ? 1e-3 : 3e-3,
      schedule: { warmup: 0.1, decay: 'cosine' },
      tau: { base: tauOf(steps), schedule: 'cosine' },
      projector: large ? { hidden: 4096, output: 256 } : { hidden: 256, output: 64 },
      predictor: { hidden: large ? 4096 : 256 },
      views: viewsOf(setting),
    },
    classifier: {
      epochs: effort.classifierEpochs,
      batch: large ? 128 : 50,
      optimizer: { name: 'adam' },
      learningRates: ratesOf(setting, effort.rates),
      schedule: { decay: 'cosine' },
      augment: classifierViews(setting),
      checkpointEvery: effort.classifierEpochs,
    },
  };
}

/** The default, said out loud where it depends on how many images there are. */
const validationOf = ({ look, counts }: Setting) =>
  look.dataset.kind === 'images' || look.dataset.validation !== undefined ? {} : { validation: counts.validation };

/** The settings of a draft with why they are so; `kept`: dotted paths that the user set. */
export function explain(setting: Setting, spec: ExperimentSpecInput, why: Effort & { fit: string }): Choice[] {
  const { look, machine, size, counts, batch } = setting;
  const { model, pretraining, classifier, labels = ['all'], precision = 'fp32', seeds = [] } = spec;
  const device = machine.device === 'gpu' ? 'a GPU' : `a CPU with ${machine.cores} cores`;
  const n = (value: number) => value.toLocaleString('en-US');
  const list = (values: readonly unknown[]) => values.join(', ');
  return [
    {
      setting: 'dataset.size',
      value: `${size} x ${size}, ${look.facts.channels === 1 ? 'grey' : 'colour'}`,
      reason:
        look.dataset.kind === 'images'
          ? `the images' shorter side is about ${n(look.facts.pixels)} pixels; ${device} trains this size`
          : 'as the dataset is published',
    },
    {
      setting: 'dataset.unlabelled',
      value: spec.dataset.unlabelled === 'all' ? `all ${n(counts.unlabelled)}` : n(counts.unlabelled),
      reason:
        look.facts.unlabelled === undefined ? 'training images, without their labels' : 'the images without labels',
    },
    {
      setting: 'labels',
      value: list(labels),
      reason: `of ${n(counts.pool)} outside of validation (${n(counts.validation)}), in ${look.facts.classes} classes: few, and ${labels.includes('all') ? 'all' : 'many'}`,
    },
    {
      setting: 'model',
      value: `${model.backbone}, ${model.stem ?? '7x7'} stem, width ${model.width ?? 64}`,
      reason: machine.device === 'gpu' ? 'the usual network for a GPU' : `small enough for ${device}`,
    },
    {
      setting: 'precision',
      value: precision,
      reason: autoPrecision(machine).reason,
    },
    {
      setting: 'pretraining.views',
      value:
        look.facts.channels === 1
          ? 'crop, turn, shear, blur, contrast'
          : size <= 40
            ? 'crop, flip, colours, solarize'
            : 'byol',
      reason:
        look.facts.channels === 1
          ? 'grey images have no colours to change, and a flip may change what they show'
          : size <= 40
            ? "the paper's without blur, which leaves little of so small an image"
            : "the paper's asymmetric pair",
    },
    {
      setting: 'pretraining.batch',
      value: String(batch),
      reason:
        machine.device === 'gpu'
          ? 'fills the GPU'
          : 'steps are what teaches in a short run, and a small batch makes more of them',
    },
    { setting: 'pretraining.epochs', value: n(pretraining.epochs), reason: why.fit },
    {
      setting: 'classifier.epochs',
      value: list([classifier.epochs].flat()),
      reason: 'the same for every arm',
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
