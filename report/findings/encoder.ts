import { standardError } from '../../experiment/standard-error';
import { knnImages } from '../../experiment/knn-images';
import type { ExperimentResults } from '../results';
import { chanceOf } from '../statistics';
import { listed, percent } from '../wording';
import type { Finding } from './finding';
import { seedsNamed } from './pretraining';

/** A fall of kNN accuracy that counts, where so many images tell it at all. */
const leastFall = 0.03;

/** One seed's kNN accuracy: the best as pretraining went, and at the end. */
interface Course {
  seed: number;
  /** By the weights that pretraining started from. */
  before?: number | undefined;
  best: { epoch: number; accuracy: number };
  end: number;
}

function coursesOf({ pretraining }: ExperimentResults): Course[] {
  return pretraining.flatMap(({ seed, epochs }) => {
    const measured = epochs.flatMap(({ epoch, knnAccuracy }) =>
      knnAccuracy === undefined ? [] : [{ epoch, accuracy: knnAccuracy }],
    );
    const end = measured.at(-1);
    if (!end) return [];
    return [
      {
        ...{ seed, before: epochs[0]?.knnBefore },
        best: measured.reduce((best, each) => (each.accuracy > best.accuracy ? each : best)),
        end: end.accuracy,
      },
    ];
  });
}

/** What its nearest neighbours say of the encoder at the end: no more than chance does, or the first weights, or less than on the way. */
export function encoderFindings(results: ExperimentResults): Finding[] {
  const { comparisons, dataset } = results;
  const chance = comparisons[0] ? chanceOf(comparisons[0]) : 1 / dataset.classes.length;
  const { queries } = knnImages(dataset.counts['unlabelled'] ?? 0);
  const images = Math.min(queries, dataset.counts['validation'] ?? 0);
  if (images === 0) return [];
  const courses = coursesOf(results);
  const guessing = courses.filter(({ end }) => end <= chance + standardError(chance, images));
  const fallen = courses.filter(
    (each) =>
      !guessing.includes(each) &&
      each.best.accuracy - each.end > Math.max(leastFall, standardError(each.best.accuracy, images)),
  );
  const untaught = courses
    .filter((each) => !guessing.includes(each))
    .flatMap(({ seed, before, end }) =>
      before !== undefined && end <= before + standardError(before, images) ? [{ seed, before, end }] : [],
    );
  const finding = (text: string): Finding => ({ level: 'warning', about: 'pretraining', poorEncoder: true, text });
  const told: Finding[] = [];
  if (guessing.length > 0)
    told.push(
      finding(
        `After pretraining the encoder of ${seedsNamed(guessing.map(({ seed }) => seed))} tells classes apart no better than chance: kNN accuracy ${listed(guessing.map(({ end }) => percent(end)))}, and always naming the most frequent class gives ${percent(chance)}. Lower pretraining.learningRate, pretrain longer, or take views (pretraining.views) that keep what the classes differ in.`,
      ),
    );
  if (fallen.length > 0)
    told.push(
      finding(
        `The encoder became worse as pretraining went on: the kNN accuracy of ${listed(fallen.map(({ seed, best, end }) => `seed ${seed} fell from ${percent(best.accuracy)} after epoch ${best.epoch} to ${percent(end)} at the end`))}. Lower pretraining.learningRate, or pretrain for fewer epochs.`,
      ),
    );
  if (untaught.length > 0)
    told.push(
      finding(
        `Pretraining left the encoder no better than the weights that it started from: the kNN accuracy of ${listed(untaught.map(({ seed, before, end }) => `seed ${seed} was ${percent(before)} before it and is ${percent(end)} after it`))}. Pretrain longer, or change pretraining.learningRate, pretraining.tau.base or the views.`,
      ),
    );
  return told;
}
