import type { LabelBudget } from '../experiment/comparison';
import { DatasetError } from './errors';
import { permutation } from './permutation';
import { drawValidation } from './validation';

/** Which images a seed uses for what. Places are those in the split that holds the images. */
export interface DrawnSplits {
  /** Places in the training split on which settings are chosen; the same for every seed, unless there are folds. */
  validation: Int32Array;
  /** Places in the unlabelled split, or in the training split where the dataset has no unlabelled one. */
  unlabelled: Int32Array;
  /**
   * Places in the training split outside of validation, drawn anew for each seed. A number takes as many of each class as
   * it allows; a percentage that share of each class, one at least; 'all' is every one of them. Of numbers, and of
   * percentages, a smaller budget is the beginning of a larger one. Of each class every budget takes the first images of
   * one order.
   * @throws DatasetError where a class has too few images
   */
  labelled(budget: LabelBudget): Int32Array;
}

/** What is asked for; a part of the spec's `dataset`. */
export interface SplitRequest {
  unlabelled: number | 'all';
  /** images, or (between 0 and 1) a fraction of those of the training split; where a split is given it goes unused */
  validation: number;
  folds?: boolean | undefined;
}

/** What there is; a part of the manifest. */
export interface SplitSource {
  classes: readonly string[];
  splits: {
    /** `validation`: the last so many images are given to choose settings on */
    train: { count: number; validation?: number | undefined };
    unlabelled?: { count: number } | undefined;
  };
}

/** Key of the orders below; any fixed number. */
const labelKey = 0x6c61626c;

/**
 * Draws the splits of an experiment. Pure: the same arguments give the same places on every machine.
 *
 * @param labels class of each image of the training split, from 0
 * @param seed decides which images are labelled, nothing else
 * @param folds of `readFolds`, where the request asks for folds: seed s has fold s mod their number as its labelled
 *   images, and validation is drawn from all others
 * @throws DatasetError when the dataset is too small for what the spec asks
 */
export function drawSplits(
  request: SplitRequest,
  source: SplitSource,
  labels: ArrayLike<number>,
  seed: number,
  folds: readonly (readonly number[])[] | null = null,
): DrawnSplits {
  const { count: total, validation: given } = source.splits.train;
  if (labels.length !== total)
    throw new DatasetError(`The training split has ${total} images and ${labels.length} labels; each image needs one.`);
  const draw = (of: ArrayLike<number>) =>
    drawValidation(given ? { last: given } : request.validation, of, source.classes.length);
  const { validation, pool } = request.folds ? aroundFold(foldOf(folds, seed), labels, draw) : draw(labels);
  const own = source.splits.unlabelled;
  const unlabelled = own
    ? firstOf(own.count, request.unlabelled, 'the unlabelled split')
    : firstOf(pool.length, request.unlabelled, 'the training split without validation').map((at) => pool[at] as number);
  const drawn = drawByClass(pool, labels, source.classes, seed);
  return {
    validation,
    unlabelled,
    labelled: (budget) => {
      if (budget === 'all') return balancedOrder(drawn);
      return typeof budget === 'number'
        ? balanced(drawn, budget, source.classes)
        : share(drawn, budget, source.classes);
    },
  };
}

function foldOf(folds: readonly (readonly number[])[] | null, seed: number): readonly number[] {
  const fold = folds?.[seed % folds.length];
  if (fold) return fold;
  throw new DatasetError(
    'The dataset in the bucket was imported without its folds. Start the experiment again under its name: it is then ' +
      'imported anew.',
  );
}

/** A fold is the pool, and validation is drawn from the images outside of it. */
function aroundFold(
  fold: readonly number[],
  labels: ArrayLike<number>,
  draw: (labels: ArrayLike<number>) => { validation: Int32Array },
) {
  const inFold = new Set(fold);
  const others = Array.from(labels, (_, place) => place).filter((place) => !inFold.has(place));
  const { validation } = draw(others.map((place) => labels[place] as number));
  return { validation: validation.map((at) => others[at] as number), pool: Int32Array.from(fold) };
}

function firstOf(count: number, wanted: number | 'all', where: string): Int32Array {
  if (wanted !== 'all' && wanted > count)
    throw new DatasetError(
      `dataset.unlabelled asks for ${wanted} images, but ${where} has ${count}: ask for fewer, or for "all".`,
    );
  return Int32Array.from({ length: wanted === 'all' ? count : wanted }, (_, at) => at);
}

/** The places of each class, in the order in which budgets take them. */
type ByClass = readonly (readonly number[])[];

function drawByClass(pool: Int32Array, labels: ArrayLike<number>, classes: readonly string[], seed: number): ByClass {
  const shuffled = permutation(pool.length, [labelKey, seed]).map((at) => pool[at] as number);
  const byClass = classes.map((): number[] => []);
  for (const place of shuffled) byClass[labels[place] as number]?.push(place);
  return byClass;
}

function balanced(byClass: ByClass, budget: number, classes: readonly string[]): Int32Array {
  if (budget < classes.length)
    throw new DatasetError(
      `labels asks for ${budget} labelled images, but there are ${classes.length} classes, and each needs one at least: ` +
        `ask for ${classes.length} or more.`,
    );
  const counts = byClass.map((members) => members.length);
  const short = counts.findIndex((count, label) => count < Math.ceil((budget - label) / classes.length));
  if (short === -1) return balancedOrder(byClass).slice(0, budget);
  const most = Math.min(...counts) * classes.length;
  throw new DatasetError(
    `labels asks for ${budget} labelled images, equally many of each of ${classes.length} classes, but the class ` +
      `"${classes[short]}" has ${counts[short]} outside of the validation images: ask for ` +
      `at most ${most}, for "all", or for a smaller dataset.validation.`,
  );
}

/** An order whose every beginning is as balanced as the classes allow: one image of each class in turn. */
function balancedOrder(byClass: ByClass): Int32Array {
  const order: number[] = [];
  for (let turn = 0; turn < Math.max(...byClass.map((members) => members.length)); turn++)
    for (const members of byClass) if (turn < members.length) order.push(members[turn] as number);
  return Int32Array.from(order);
}

/** The same share of each class, rounded, and one at least: an image stands where the share that takes it in does. */
function share(byClass: ByClass, budget: `${number}%`, classes: readonly string[]): Int32Array {
  const empty = byClass.findIndex((members) => members.length === 0);
  if (empty !== -1)
    throw new DatasetError(
      `labels asks for ${budget} of each class, one image at least, but the class "${classes[empty]}" has none outside of ` +
        `the validation images: add images of it, or ask for a smaller dataset.validation.`,
    );
  const wanted = Number(budget.slice(0, -1));
  const entries = byClass.flatMap((members) =>
    members.map((place, rank) => ({ place, from: rank === 0 ? 0 : (100 * (rank + 0.5)) / members.length })),
  );
  const taken = entries.filter(({ from }) => from <= wanted).sort((a, b) => a.from - b.from);
  return Int32Array.from(taken, ({ place }) => place);
}
