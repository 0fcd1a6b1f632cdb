import type { ExperimentSpec } from '../experiment/resolve';
import { DatasetError } from './errors';
import type { DatasetManifest } from './manifest';
import { permutation } from './permutation';

type LabelBudget = ExperimentSpec['labels'][number];

/** Which images a seed uses for what. Places are those in the split that holds the images. */
export interface DrawnSplits {
  /** Places in the training split on which settings are chosen; the same for every seed. */
  validation: Int32Array;
  /** Places in the unlabelled split, or in the training split where the dataset has no unlabelled one. */
  unlabelled: Int32Array;
  /** Places in the training split: balanced, drawn anew for each seed; a smaller budget is a part of a larger one. */
  labelled(budget: LabelBudget): Int32Array;
}

/** Keys of the orders below; any fixed numbers. */
const validationKey = [0x62796f6c, 1];
const labelKey = 0x6c61626c;

/**
 * Draws the splits of an experiment.
 *
 * @param labels class of each image of the training split, from 0
 * @throws DatasetError when the dataset is too small for what the spec asks
 */
export function drawSplits(
  dataset: ExperimentSpec['dataset'],
  manifest: DatasetManifest,
  labels: Uint8Array,
  seed: number,
): DrawnSplits {
  const total = labels.length;
  if (dataset.validation >= total)
    throw new DatasetError(
      `dataset.validation asks for ${dataset.validation} images to choose settings on, but the training split has ${total} in ` +
        `all: leave some to train on.`,
    );
  const order = permutation(total, validationKey);
  const validation = order.slice(0, dataset.validation);
  const pool = order.slice(dataset.validation);
  const own = manifest.splits.unlabelled;
  const source = own ? Int32Array.from({ length: own.count }, (_, at) => at) : pool;
  const wanted = dataset.unlabelled === 'all' ? source.length : dataset.unlabelled;
  if (wanted > source.length)
    throw new DatasetError(
      `dataset.unlabelled asks for ${wanted} images, but there are ${source.length}${own ? '' : ' (the training split without validation)'}.`,
    );
  const drawn = balancedOrder(pool, labels, manifest.classes.length, seed);
  return { validation, unlabelled: source.slice(0, wanted), labelled: (budget) => take(drawn, budget) };
}

function take(drawn: Int32Array, budget: LabelBudget): Int32Array {
  if (budget === 'all') return drawn;
  if (budget > drawn.length)
    throw new DatasetError(
      `labels asks for ${budget} labelled images, but there are ${drawn.length} outside of the validation images: ask for fewer, or for "all".`,
    );
  return drawn.slice(0, budget);
}

/** The pool in an order whose every beginning is as balanced as the classes allow: one image of each class in turn. */
function balancedOrder(pool: Int32Array, labels: Uint8Array, classes: number, seed: number): Int32Array {
  const shuffled = permutation(pool.length, [labelKey, seed]).map((at) => pool[at] as number);
  const byClass = Array.from({ length: classes }, (): number[] => []);
  for (const place of shuffled) byClass[labels[place] as number]?.push(place);
  const longest = Math.max(...byClass.map((members) => members.length));
  const order: number[] = [];
  for (let turn = 0; turn < longest; turn++)
    for (const members of byClass) if (turn < members.length) order.push(members[turn] as number);
  return Int32Array.from(order);
}
