import type { Arm, LabelBudget } from '../comparison';
import type { ExperimentSpec } from '../resolve';
import { knnImages } from '../knn-images';
import { monitorSample } from '../monitor-sample';
import { classifierSteps } from '../classifier-steps';
import { searchGrid } from '../search-grid';
import type { ImageCounts } from './look';

/** What a worker measured of a spec's programs, on images of noise, with all of `devices` at work on the same. */
export interface Speed {
  /** How many ran at once. */
  devices: number;
  /** Images a second of a pretraining step, of a classifier's step by arm, and of prediction: of all devices together. */
  pretraining: number;
  classifier: Record<Arm, number>;
  prediction: number;
  /** Until a program is loaded and has run once, on each device. */
  secondsToLoad: number;
  /** To write and commit a state, on each device. */
  secondsToSave: number;
}

/** What several devices do together that were measured at the same time; on parts of one CPU that is less than so many times one. */
export function together(speeds: readonly Speed[]): Speed {
  const sum = (of: (speed: Speed) => number) => speeds.reduce((all, speed) => all + of(speed), 0);
  const mean = (of: (speed: Speed) => number) => sum(of) / speeds.length;
  const ofArm = (arm: Arm) => sum(({ classifier }) => classifier[arm]);
  return {
    devices: sum(({ devices }) => devices),
    pretraining: sum(({ pretraining }) => pretraining),
    classifier: {
      supervised: ofArm('supervised'),
      'linear-probe': ofArm('linear-probe'),
      'fine-tuned': ofArm('fine-tuned'),
    },
    prediction: sum(({ prediction }) => prediction),
    secondsToLoad: mean(({ secondsToLoad }) => secondsToLoad),
    secondsToSave: mean(({ secondsToSave }) => secondsToSave),
  };
}

/** Seconds of an experiment on one worker, stage by stage. */
export interface Estimate {
  pretraining: number;
  classifiers: number;
  /** The import, validation, the test split, states saved, programs loaded. */
  rest: number;
  total: number;
}

/** Fetching what is there already, orchestration, report. */
const fixedSeconds = 15;
/** Between two activities, and what a training needs besides its steps. */
const secondsPerActivity = 0.5;
/** What a measurement of a few seconds does not see. */
const margin = 1.1;

/** The images and two views of them; drawing the views counts as one more. */
const monitorPasses = 4;

/** Images that go through the network, or an equal of them, when an epoch of pretraining is judged (encoder-monitor.ts). */
function judgedImages({ unlabelled }: ImageCounts): number {
  const { bank, queries } = knnImages(unlabelled);
  return monitorPasses * monitorSample + bank + queries;
}

/** How many labelled images a budget comes to. */
export function labelCount(budget: LabelBudget, { pool }: ImageCounts): number {
  if (budget === 'all') return pool;
  if (typeof budget === 'number') return budget;
  return Math.max(1, Math.round((pool * Number.parseFloat(budget)) / 100));
}

/**
 * Seconds that the spec takes on the devices of one worker. A seed's pretraining runs on one of them, and what starts from
 * its encoder waits for it, so with few seeds a device may have nothing to do: that time stands with the pretraining.
 */
export function estimate(spec: ExperimentSpec, counts: ImageCounts, speed: Speed, secondsToImport: number): Estimate {
  const { pretraining, classifier, seeds, arms, labels } = spec;
  const step = pretraining.batch * pretraining.accumulate;
  const pretrained = (pretraining.epochs * Math.floor(counts.unlabelled / step) * step) / speed.pretraining;
  const judged = judgedImages(counts) / speed.prediction / pretraining.monitor.every;
  // What is waited for on one device does not keep the others.
  const waits = secondsPerActivity / speed.devices;
  const perCheckpoint = speed.secondsToSave / speed.devices + waits;
  const perEpoch = judged + perCheckpoint;
  const trained = { supervised: 0, pretrained: 0 };
  let rest = pretraining.epochs * perEpoch;
  for (const arm of arms)
    for (const budget of labels) {
      const images = labelCount(budget, counts);
      const { batch, perEpoch } = classifierSteps(classifier, images);
      for (const { epochs } of searchGrid(classifier)) {
        trained[arm === 'supervised' ? 'supervised' : 'pretrained'] +=
          (epochs * perEpoch * batch) / speed.classifier[arm];
        const checkpoints = Math.ceil(epochs / classifier.checkpointEvery);
        rest += checkpoints * (counts.validation / speed.prediction + perCheckpoint);
      }
      rest += counts.test / speed.prediction + waits;
    }
  // The baselines fill the other devices as long as there are any; epochs of as many seeds as devices fill all of them.
  const baselines = seeds.length * trained.supervised;
  const idle = Math.max(0, (speed.devices - seeds.length) * pretrained - baselines);
  const all = {
    pretraining: margin * (seeds.length * pretrained + idle),
    classifiers: margin * seeds.length * (trained.supervised + trained.pretrained),
    rest:
      margin * seeds.length * rest + programCount(spec, counts) * speed.secondsToLoad + fixedSeconds + secondsToImport,
  };
  return { ...all, total: all.pretraining + all.classifiers + all.rest };
}

/** Pretraining's, and for each batch size one that trains the network and one that trains a head alone. */
function programCount({ classifier, labels, arms }: ExperimentSpec, counts: ImageCounts): number {
  const batches = new Set(labels.map((budget) => Math.min(classifier.batch, labelCount(budget, counts))));
  const parts = new Set(arms.map((arm) => arm === 'linear-probe'));
  return 1 + batches.size * parts.size;
}
