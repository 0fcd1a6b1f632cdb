import { greyView, type Augmentation } from '../augmentation';
import type { ExperimentSpec } from '../resolve';
import { epochsOf } from '../search-grid';
import type { ExperimentSpecInput } from '../spec';
import { countImages, type DataLook, type ImageCounts, type Machine } from './look';

/** One setting that the plan chose, in words. */
export interface Choice {
  /** As in the spec. */
  setting: string;
  value: string;
  reason: string;
}

/** How much is trained; everything else follows from the data and the machine. */
export interface Effort {
  pretrainingEpochs: number;
  classifierEpochs: number;
  /** How many of the learning rates are tried. */
  rates: number;
  seeds: number;
}

/** What the data and the machine decide, whatever time there is. */
export interface Situation {
  look: DataLook;
  machine: Machine;
  size: number;
  counts: ImageCounts;
  unlabelled: number | 'all';
  /** Images in a step of pretraining. */
  batch: number;
}

/** Where blur leaves little of an image. */
export const small = (size: number) => size <= 40;

/** Images that are pretrained on at most; a CPU sees so many a second. */
const mostUnlabelledOnCpu = 20_000;

/** @param wantedBatch the user's images in a step of pretraining, where the user set them */
export function situationOf(look: DataLook, machine: Machine, wantedBatch?: number): Situation {
  const size =
    look.dataset.kind === 'images' ? (look.dataset.size ?? sizeOf(look.facts.pixels, machine)) : look.facts.pixels;
  const validation = look.dataset.validation ?? defaultValidation(look);
  const all = countImages(look.facts, validation, 'all');
  const most = machine.device === 'cpu' ? mostUnlabelledOnCpu : Infinity;
  const unlabelled = look.dataset.unlabelled ?? (all.unlabelled > most ? most : 'all');
  const counts = countImages(look.facts, validation, unlabelled);
  const usual = machine.device === 'gpu' ? 256 : 32;
  const batch =
    wantedBatch ?? Math.max(2, Math.min(usual, 2 ** Math.floor(Math.log2(Math.max(2, counts.unlabelled / 4)))));
  return { look, machine, size, counts, unlabelled, batch };
}

const defaultValidation = ({ dataset: { kind }, facts }: DataLook) =>
  kind === 'images' ? 0.2 : kind === 'stl10' ? 500 : Math.min(5000, Math.floor(facts.train / 5));

/** The largest usual size that the images fill, and that the device trains in minutes. */
function sizeOf(pixels: number, { device }: Machine): number {
  const usual = (device === 'gpu' ? [224, 160, 128, 96, 64, 48, 32] : [64, 48, 32]).find((size) => size <= pixels);
  return usual ?? Math.max(8, Math.floor(pixels / 4) * 4);
}

/** The full length of each training where time is no matter: images seen are what teaches, so small data gets more epochs. */
export function fullEpochs({ counts, machine, batch }: Situation): {
  pretraining: number;
  classifier: number;
  least: number;
} {
  const seen = machine.device === 'gpu' ? 10_000_000 : 150_000;
  const within = (value: number, low: number, high: number) => Math.round(Math.min(high, Math.max(low, value)));
  const steps = Math.max(1, Math.floor(counts.unlabelled / batch));
  const least = within(20 / steps, 1, 20);
  const pretraining = Math.max(least, within(seen / Math.max(1, counts.unlabelled), 5, 200));
  return { pretraining, classifier: 60, least };
}

export const searchedRates = ({ machine }: Situation): number[] =>
  machine.device === 'cpu' ? [2.5e-4, 1e-3, 4e-3, 1.6e-2, 6.4e-2] : [1e-4, 3e-4, 1e-3, 3e-3, 1e-2];

export function modelOf({ machine, size, look }: Situation): ExperimentSpecInput['model'] {
  // Two cores train this network at a thousand images a second.
  if (machine.device === 'cpu')
    return { backbone: 'resnet-mini', stem: '5x5', width: look.facts.channels === 1 ? 16 : 32 };
  return { backbone: 'resnet18', stem: small(size) ? '3x3' : '7x7', width: 64 };
}

/** explain.ts says why. */
export function chosenViews({ size, look }: Situation): ExperimentSpecInput['pretraining']['views'] {
  if (look.facts.channels === 1) return { first: greyView, second: greyView };
  if (!small(size)) return 'byol';
  const view = (solarize: number): Augmentation[] => [
    { op: 'random-resized-crop', scale: [0.2, 1], ratio: [3 / 4, 4 / 3] },
    { op: 'horizontal-flip', p: 0.5 },
    { op: 'color-jitter', p: 0.8, brightness: 0.4, contrast: 0.4, saturation: 0.2, hue: 0.1 },
    { op: 'grayscale', p: 0.2 },
    { op: 'solarize', p: solarize, threshold: 0.5 },
  ];
  return { first: view(0), second: view(0.2) };
}

/**
 * Optimizer steps that a classifier takes at least, however few its labels. On digits with 100 labels, fine-tuned 93.5 % in each:
 * with 72 the baseline had 86.6 % (and milder augmentation), with 240 90.6 %, with 480 91.8 %, with 960 91.7 %.
 */
export const leastClassifierSteps = 480;

/** Steps of an epoch at least: 480 in the shortest that a plan has, so that a longer plan never takes fewer. */
const leastStepsPerEpoch = leastClassifierSteps / 30;

/** What every arm gets so that none is short of steps or of augmentation. @param spec with the user's settings in it */
export function fairClassifier({ classifier, pretraining }: ExperimentSpec) {
  const shortest = Math.min(...epochsOf(classifier));
  return {
    minStepsPerEpoch: Math.max(leastStepsPerEpoch, Math.ceil(leastClassifierSteps / shortest)),
    augment: pretraining.views.second,
  };
}

/** Few labels and many: ten of each class where there are twice as many, and all, or what the device trains in minutes. */
export function budgetsOf({ counts, machine, look }: Situation): (number | 'all')[] {
  const { classes } = look.facts;
  const { smallestClass, pool } = counts;
  const few = smallestClass >= 20 ? 10 : Math.floor(smallestClass / 2);
  const most = machine.device === 'gpu' ? 100_000 : 2000;
  const perClass = Math.min(smallestClass, Math.floor(most / classes));
  const many = pool <= most || perClass < 1 ? 'all' : perClass * classes;
  const low = few * classes;
  return few < 1 || (many !== 'all' && many <= low) || low >= pool ? [many] : [low, many];
}

/** How fast the target network follows: slowly in a long run, or it never leaves its random start in a short one. */
export function tauOf(steps: number): number {
  if (steps < 3000) return 0.9;
  if (steps < 10_000) return 0.97;
  return steps < 100_000 ? 0.99 : 0.996;
}
