/** Most seeds for which every assignment of signs is tried: 2^16 of them. */
const mostExact = 16;

/** Result of the sign-flip test. */
export interface SignFlip {
  /** Share of the assignments of signs whose mean is at least as far from zero as the one that was seen; two-sided. */
  p: number;
  /** The smallest p that so many pairs can give, 2 / 2^n: with 3 seeds .25, with 6 .031. */
  smallest: number;
}

/**
 * Exact sign-flip (permutation) test of paired differences: under the hypothesis that the arms are alike, each difference
 * was as likely to have the other sign (Good 2005, Permutation, Parametric and Bootstrap Tests of Hypotheses, chapter 3;
 * scipy.stats.permutation_test with permutation_type='samples').
 *
 * @returns null for more than 16 pairs, or none
 */
export function signFlipTest(differences: readonly number[]): SignFlip | null {
  const n = differences.length;
  if (n === 0 || n > mostExact) return null;
  const seen = Math.abs(differences.reduce((sum, difference) => sum + difference, 0));
  const assignments = 2 ** n;
  let asFar = 0;
  for (let signs = 0; signs < assignments; signs++) {
    const sum = differences.reduce((total, value, at) => total + ((signs >> at) & 1 ? -value : value), 0);
    if (Math.abs(sum) >= seen - 1e-12) asFar++;
  }
  return { p: asFar / assignments, smallest: 2 / assignments };
}

/** Which test images one arm of one seed was right about: 1 or 0, in the order of the split. */
export type Correctness = Uint8Array;

const resamples = 2000;

/**
 * Percentile bootstrap over the test images of the mean accuracy difference of these seeds (Efron & Tibshirani 1993,
 * section 13.3): what another draw of as many test images would have given. The images are drawn, the seeds are not.
 *
 * @param pairs by seed, both arms on the same images
 * @returns the 95 % interval on the 0..1 scale; null without pairs
 */
export function imageBootstrap(pairs: readonly { baseline: Correctness; arm: Correctness }[]): [number, number] | null {
  const images = pairs[0]?.arm.length ?? 0;
  if (images === 0) return null;
  // An image's mean difference over n seeds is one of 2 n + 1 values: drawing images is drawing from their counts.
  const { length: seeds } = pairs;
  const counts = new Float64Array(2 * seeds + 1);
  for (let at = 0; at < images; at++) {
    const sum = pairs.reduce((total, { baseline, arm }) => total + (arm[at] as number) - (baseline[at] as number), 0);
    counts[sum + seeds] = (counts[sum + seeds] as number) + 1;
  }
  const cumulative = counts.map(
    (_, at) => counts.subarray(0, at + 1).reduce((total, value) => total + value, 0) / images,
  );
  const random = splitMix(images);
  const means = new Float64Array(resamples);
  for (let draw = 0; draw < resamples; draw++) {
    let sum = 0;
    for (let at = 0; at < images; at++) {
      const u = random();
      let value = 0;
      while ((cumulative[value] as number) <= u) value++;
      sum += value - seeds;
    }
    means[draw] = sum / (images * seeds);
  }
  means.sort();
  return [quantile(means, 0.025), quantile(means, 0.975)];
}

/** Linear between the order statistics, as numpy.quantile. */
function quantile(sorted: Float64Array, q: number): number {
  const place = q * (sorted.length - 1);
  const below = Math.floor(place);
  const [low, high] = [sorted[below] as number, sorted[Math.min(below + 1, sorted.length - 1)] as number];
  return low + (place - below) * (high - low);
}

/** SplitMix32 by its counter: the same numbers in every report. [0, 1) */
function splitMix(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return ((z ^ (z >>> 15)) >>> 0) / 2 ** 32;
  };
}
