import { fewestSeeds, imagesLeaveOpen, varies, type BudgetStatistics } from './statistics';

/** What would settle whether pretraining helps with some number of labels. */
export type ToSettle =
  | { by: 'nothing' }
  /** No seed has a result for both arms, or there are fewer than three of them: so many more make three. */
  | { by: 'three-seeds'; more: number }
  /** No arm has learned enough to be compared. */
  | { by: 'learning' }
  /** Every seed has the same difference: nothing to judge it by. */
  | { by: 'spread' }
  /** The seeds settle it, the few test images do not. */
  | { by: 'test-images' }
  | { by: 'seeds'; more: number; testImages: boolean }
  /** The gain is too small against its spread: nobody runs so many seeds; null: not known, over 100 in all. */
  | { by: 'larger-gain'; more: number | null };

/** More new seeds than that are no advice: the experiment would be several times as long. */
const mostMoreSeeds = 20;

/** Headline, advice and the table of certainty say the same, which is decided here. */
export function toSettle(budget: BudgetStatistics): ToSettle {
  const { verdict, difference, seedsToSettle, guessing } = budget;
  if (verdict !== 'not-settled') return { by: 'nothing' };
  if (guessing) return { by: 'learning' };
  const seeds = difference?.seeds.length ?? 0;
  if (!difference?.interval || seeds < fewestSeeds) return { by: 'three-seeds', more: fewestSeeds - seeds };
  if (!varies(difference)) return { by: 'spread' };
  if (difference.interval[0] > 0 || difference.interval[1] < 0) return { by: 'test-images' };
  const more = seedsToSettle === null ? null : seedsToSettle - seeds;
  if (more === null || more > mostMoreSeeds) return { by: 'larger-gain', more };
  return { by: 'seeds', more, testImages: imagesLeaveOpen(budget) };
}
