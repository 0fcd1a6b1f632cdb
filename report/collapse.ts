import type { Collapse, EpochMetrics } from './results';
import { decimal } from './wording';

/** Spread of the projections below which they are nearly one point; 1 is healthy, a random start has about 0.2. */
export const collapsedBelow = 0.1;

/** Effective rank of the encoder's features below which they vary along one line alone. */
export const lineBelow = 1.4;

/** Effective rank of the images' pixels from which on a line is too little. */
const variedFrom = 1.8;

/** Optimizer steps before which nothing is judged but the end: a network needs some to leave its random start. */
const enoughSteps = 100;

/**
 * Whether pretraining left an encoder that tells images apart, by what is measured of its embedding and never by the
 * loss, which is lowest where the network says the same of everything. Three signs, each enough:
 *
 * - a loss or an embedding that is no finite number: training diverged;
 * - spread below 0.1: every image has nearly the same projection;
 * - effective rank of the features below 1.4 where the images' own is 1.8 or more: they lie on a line. Networks that Adam
 *   ruined with a rate of 0.1 to 3 had 1.1 to 1.35 (and a spread of up to 0.7: some of them would pass by that alone),
 *   healthy ones 2.0 on images of three colours and 3 to 8 on MNIST. Images of two colours have a rank of 1 themselves,
 *   and then so has a perfect encoder: hence the second condition.
 *
 * Only the last measured epoch counts, since it is the encoder that is used; one that recovered is healthy.
 *
 * @param epochs of the whole run so far, in order
 * @param total epochs that the run shall have: the last is judged also after few steps
 * @returns since when without a break and by which figures, or null
 */
export function collapseOf(epochs: readonly EpochMetrics[], total: number): Collapse | null {
  const measured = epochs.filter((each) => !Number.isFinite(each.loss) || each.spread !== undefined);
  const last = measured.at(-1);
  if (!last) return null;
  const steps = epochs.reduce((sum, each) => sum + each.steps, 0);
  if (steps < enoughSteps && last.epoch < total && Number.isFinite(last.loss)) return null;
  const reason = signOf(last);
  if (reason === null) return null;
  const healthy = measured.findLastIndex((each) => signOf(each) === null);
  return { epoch: (measured[healthy + 1] ?? last).epoch, reason };
}

/** Whether the pretraining ended in numbers that are not finite: another fault than a collapse, with other remedies. */
export const diverged = ({ loss, spread }: EpochMetrics): boolean => !Number.isFinite(loss) || Number.isNaN(spread);

function signOf(epoch: EpochMetrics): string | null {
  const { spread = 1, effectiveRank = Infinity, imageRank = 0 } = epoch;
  if (diverged(epoch)) return 'its loss or its embedding is no longer a finite number';
  if (spread < collapsedBelow)
    return `nearly the same embedding for every image (spread ${decimal(spread)}; healthy is about 1, collapsed below ${collapsedBelow})`;
  if (effectiveRank < lineBelow && imageRank >= variedFrom)
    return (
      `features that vary along one line alone (effective rank ${decimal(effectiveRank)}, collapsed below ${lineBelow}; ` +
      `the images' own is ${decimal(imageRank)})`
    );
  return null;
}
