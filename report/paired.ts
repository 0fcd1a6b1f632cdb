import { twoSidedP } from './student-t';

/** Most pairs for which every assignment of signs is tried: 2^12 of them. */
const mostExact = 12;

/** What a test of paired differences says. */
export interface PairedTest {
  method: 'sign-flip' | 'paired t';
  /** Two-sided. */
  p: number;
  /** The smallest p that so many pairs can give; sign-flip: 2 / 2^n, with 3 seeds .25, with 6 .031. */
  smallest: number;
}

/**
 * Test of paired differences against 'the arms are alike': exact sign-flip (permutation) test up to 12 pairs, the paired t
 * test beyond. null without pairs, and where differences beyond 12 pairs have no spread.
 */
export function pairedTest(differences: readonly number[]): PairedTest | null {
  const n = differences.length;
  if (n === 0) return null;
  return n <= mostExact ? signFlip(differences) : pairedT(differences);
}

/**
 * Under the hypothesis each difference was as likely to have the other sign: the share of the assignments of signs whose
 * mean is at least as far from zero as the one that was seen (Good 2005, Permutation, Parametric and Bootstrap Tests of
 * Hypotheses, chapter 3; scipy.stats.permutation_test with permutation_type='samples').
 */
function signFlip(differences: readonly number[]): PairedTest {
  const seen = Math.abs(differences.reduce((sum, difference) => sum + difference, 0));
  const assignments = 2 ** differences.length;
  let asFar = 0;
  for (let signs = 0; signs < assignments; signs++) {
    const sum = differences.reduce((total, value, at) => total + ((signs >> at) & 1 ? -value : value), 0);
    if (Math.abs(sum) >= seen - 1e-12) asFar++;
  }
  return { method: 'sign-flip', p: asFar / assignments, smallest: 2 / assignments };
}

function pairedT(differences: readonly number[]): PairedTest | null {
  const n = differences.length;
  const mean = differences.reduce((sum, value) => sum + value, 0) / n;
  const std = Math.sqrt(differences.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1));
  if (!(std > 1e-12)) return null;
  return { method: 'paired t', p: twoSidedP((mean * Math.sqrt(n)) / std, n - 1), smallest: 0 };
}
