/**
 * Successive halving (Jamieson and Talwalkar 2016, arXiv 1502.07943; a bracket of Hyperband, arXiv 1603.06560): every
 * member is trained for a part of its length, the best are kept and trained for longer, and so on, until the last rung
 * trains for the whole length.
 */
export interface Halving {
  /** Rungs, the last of which is of full length; 1: every member is trained in full. */
  rungs: number;
  /** Fraction of a rung's members that goes on to the next, and of the next rung's length that a rung has; in (0, 1). */
  keep: number;
}

/** Part of the full length that a rung trains for, rungs counted from 1. */
export const lengthOfRung = ({ rungs, keep }: Halving, rung: number): number => keep ** (rungs - rung);

/** Epochs of a rung where the full length has `epochs`; 0 stays 0. */
export const epochsOfRung = (halving: Halving, rung: number, epochs: number): number =>
  rung === halving.rungs ? epochs : Math.round(epochs * lengthOfRung(halving, rung));

/** How many of a rung's members go on; of the last rung's, one: the winner. */
export function promotedCount({ rungs, keep }: Halving, rung: number, members: number): number {
  if (rung >= rungs) return 1;
  // 0.29 * 100 is 28.999...
  return Math.max(1, Math.floor(members * keep + 1e-9));
}

/** A member's standing after a rung. */
export interface Scored {
  member: number;
  /** Mean accuracy on the validation split, 0..1; null where the member has none, since its training failed. */
  validationAccuracy: number | null;
}

/** From the best to the worst; of equals the one that stands first in the grid. Those without a score come last. */
export function ranked<T extends Scored>(members: readonly T[]): T[] {
  return [...members].sort((a, b) => worth(b) - worth(a) || a.member - b.member);
}
const worth = ({ validationAccuracy }: Scored): number => validationAccuracy ?? -1;

/**
 * The members that go on after a rung, from the best to the worst: chosen by the validation split alone.
 * Members without a score never go on.
 */
export function promoted<T extends Scored>(halving: Halving, rung: number, members: readonly T[]): T[] {
  return ranked(members)
    .slice(0, promotedCount(halving, rung, members.length))
    .filter(({ validationAccuracy }) => validationAccuracy !== null);
}

/** NAME-01: member 1 at full length; NAME-01-rung-1: in an earlier rung. Members and rungs count from 1. */
export function memberName(name: string, { rungs }: Pick<Halving, 'rungs'>, member: number, rung: number): string {
  const own = `${name}-${String(member).padStart(2, '0')}`;
  return rung === rungs ? own : `${own}-rung-${rung}`;
}
