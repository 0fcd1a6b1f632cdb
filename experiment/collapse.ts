import type { EpochMetrics } from './epoch-metrics';

/** A pretraining whose encoder is of no use: since which epoch, and by which figures. */
export interface Collapse {
  epoch: number;
  reason: string;
}

/** Spread of the projections below which they are nearly one point; 1 is healthy, a random start has about 0.2. */
export const collapsedBelow = 0.1;

/** Effective rank of the encoder's features below which they vary along one line alone. */
const lineBelow = 1.25;

/** Effective rank of the images' pixels, and number of classes, from which on a line is too little. */
const tooMuchForALine = { imageRank: 1.8, classes: 3 };

/** Optimizer steps before which nothing is judged but the end: a network needs some to leave its random start. */
const enoughSteps = 100;

/**
 * Whether pretraining left an encoder that tells images apart, by what is measured of its embedding and never by the
 * loss, which is lowest where the network says the same of everything. Three signs, each enough:
 *
 * - a loss or an embedding that is no finite number: training diverged;
 * - spread below 0.1: every image has nearly the same projection;
 * - effective rank of the features below 1.25: they lie on a line. Networks that Adam ruined with rates of 0.1 to 0.3 end
 *   at 1.05 to 1.2 (with a spread of up to 0.7: they would pass by that alone), healthy ones on ten digits at 5 to 8. A
 *   line can be right, though: a healthy encoder of the digits 0 and 1 comes to two groups, and ends at 1.2 to 1.4 in the
 *   same way. So it counts only with three classes or more, and not where the images vary along a line themselves (their
 *   own effective rank below 1.8).
 *
 * The thresholds rather miss a bad encoder than stop a good one: what a bad one is worth still shows in kNN and on the
 * test split.
 *
 * Only the last measured epoch counts, since it is the encoder that is used; one that recovered is healthy.
 *
 * @param epochs of the whole run so far, in order
 * @param total epochs that the run shall have: the last is judged also after few steps
 * @param classes of the dataset
 * @returns since when without a break and by which figures, or null
 */
export function collapseOf(epochs: readonly EpochMetrics[], total: number, classes: number): Collapse | null {
  const measured = epochs.filter((each) => !Number.isFinite(each.loss) || each.spread !== undefined);
  const last = measured.at(-1);
  if (!last) return null;
  const steps = epochs.reduce((sum, each) => sum + each.steps, 0);
  if (steps < enoughSteps && last.epoch < total && Number.isFinite(last.loss)) return null;
  const reason = signOf(last, classes);
  if (reason === null) return null;
  const healthy = measured.findLastIndex((each) => signOf(each, classes) === null);
  return { epoch: (measured[healthy + 1] ?? last).epoch, reason };
}

/** Whether the pretraining ended in numbers that are not finite: another fault than a collapse, with other remedies. */
export const diverged = ({ loss, spread }: EpochMetrics): boolean => !Number.isFinite(loss) || Number.isNaN(spread);

function signOf(epoch: EpochMetrics, classes: number): string | null {
  const { spread = 1, effectiveRank = Infinity, imageRank = 0 } = epoch;
  if (diverged(epoch)) return 'its loss or its embedding is no longer a finite number';
  if (spread < collapsedBelow)
    return `nearly the same embedding for every image (spread ${spread.toFixed(3)}; healthy is about 1, collapsed below ${collapsedBelow})`;
  const line = effectiveRank < lineBelow && imageRank >= tooMuchForALine.imageRank;
  if (line && classes >= tooMuchForALine.classes)
    return (
      `features that vary along one line alone (effective rank ${effectiveRank.toFixed(3)}, collapsed below ${lineBelow}; ` +
      `the images' own is ${imageRank.toFixed(3)})`
    );
  return null;
}
