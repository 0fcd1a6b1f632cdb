import { quantilesOfSum } from './lattice-sum';

/** Which test images one arm of one seed was right about: 1 or 0, in the order of the split. */
export type Correctness = Uint8Array;

/** One seed: both arms on the same images. */
export interface Pair {
  baseline: Correctness;
  arm: Correctness;
}
export type Interval = [low: number, high: number];

const ends = [0.025, 0.975] as const;
/** Up to so many seeds every way to draw them is counted (6,435 for 8); beyond, so many draws stand for all. */
const mostCounted = 8;
const seedDraws = 5000;
const { floor, imul, sqrt } = Math;

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** 1 where the arm alone is right about an image, -1 where the baseline alone is, else 0. */
const signAt = ({ baseline, arm }: Pair, at: number): number => (arm[at] as number) - (baseline[at] as number);

/**
 * Percentile bootstrap over the test images of the mean accuracy difference of these seeds (Efron & Tibshirani 1993,
 * section 13.3): what another draw of as many test images would have given. The images are drawn, the seeds are not. It
 * depends on the images only by how many there are of each sum of signs over the seeds (with one seed: right by the arm
 * alone, by the baseline alone, or alike), and so is not drawn but computed: the interval of infinitely many resamples.
 *
 * @returns the 95 % interval on the 0..1 scale; null without pairs or images
 */
export function imageBootstrap(pairs: readonly Pair[]): Interval | null {
  const { length: seeds } = pairs;
  const images = pairs[0]?.arm.length ?? 0;
  if (images === 0) return null;
  const counts = new Map<number, number>();
  for (let at = 0; at < images; at++) {
    let value = 0;
    for (const pair of pairs) value += signAt(pair, at);
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  const masses = [...counts].map(([value, count]) => ({ value, probability: count / images }));
  const [low, high] = quantilesOfSum(masses, images, ends).map((each) => each / (images * seeds));
  return [low as number, high as number];
}

/**
 * The same with the seeds drawn too. All seeds judge the same test images, so that one draw of images serves all drawn
 * seeds (crossed, as Owen 2007, The pigeonhole bootstrap; images drawn anew within each seed would be told too narrow).
 * Few seeds understate their own part: its variance is (n - 1) / n of the true one. For each way to draw the seeds the
 * images' part is taken as normal, with the mean and variance that resampling them has.
 *
 * @returns the 95 % interval on the 0..1 scale; null for fewer than two pairs
 */
export function seedAndImageBootstrap(pairs: readonly Pair[]): Interval | null {
  const images = pairs[0]?.arm.length ?? 0;
  if (pairs.length < 2 || images === 0) return null;
  const { means, covariances } = momentsOf(pairs, images);
  const parts = waysToDraw(pairs.length, images).map(({ times, weight }) => {
    const shares = times.map((each) => each / pairs.length);
    const mean = sum(shares.map((share, a) => share * (means[a] as number)));
    const variance = sum(
      shares.flatMap((share, a) => shares.map((other, b) => share * other * (covariances[a]?.[b] ?? 0))),
    );
    return { weight, mean, deviation: sqrt(Math.max(0, variance) / images) };
  });
  const below = (x: number) => sum(parts.map(({ weight, mean, deviation }) => weight * normal(x - mean, deviation)));
  return [rootOf(below, ends[0]), rootOf(below, ends[1])];
}

/** Means and covariances over the images of the seeds' signs. */
function momentsOf(pairs: readonly Pair[], images: number): { means: number[]; covariances: number[][] } {
  const products = pairs.map(() => pairs.map(() => 0));
  const sums = pairs.map(() => 0);
  const signs = new Int8Array(pairs.length);
  for (let at = 0; at < images; at++) {
    pairs.forEach((pair, seed) => (signs[seed] = signAt(pair, at)));
    signs.forEach((sign, a) => {
      if (sign === 0) return;
      sums[a]! += sign;
      signs.forEach((other, b) => (products[a]![b]! += sign * other));
    });
  }
  const means = sums.map((each) => each / images);
  const covariances = products.map((row, a) =>
    row.map((product, b) => product / images - (means[a] as number) * (means[b] as number)),
  );
  return { means, covariances };
}

/** How often each seed is drawn, and how likely that is. */
function waysToDraw(seeds: number, key: number): { times: number[]; weight: number }[] {
  if (seeds > mostCounted) {
    const random = splitMix(key);
    return Array.from({ length: seedDraws }, () => {
      const times = Array.from({ length: seeds }, () => 0);
      for (let each = 0; each < seeds; each++) times[floor(random() * seeds)]!++;
      return { times, weight: 1 / seedDraws };
    });
  }
  const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));
  return compositions(seeds, seeds).map((times) => ({
    times,
    weight: times.reduce((weight, each) => weight / factorial(each), factorial(seeds) / seeds ** seeds),
  }));
}

/** Every way to write `total` as an ordered sum of so many numbers from 0. */
const compositions = (total: number, parts: number): number[][] =>
  parts === 1
    ? [[total]]
    : Array.from({ length: total + 1 }, (_, first) =>
        compositions(total - first, parts - 1).map((rest) => [first, ...rest]),
      ).flat();

/** P(normal <= x) with mean 0; Abramowitz and Stegun 7.1.26, off by 1.5e-7 at the most. A step where it does not vary. */
export function normal(x: number, deviation: number): number {
  if (deviation === 0) return x < 0 ? 0 : 1;
  const z = Math.abs(x) / (deviation * Math.SQRT2);
  const t = 1 / (1 + 0.3275911 * z);
  const series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const tail = (series * Math.exp(-z * z)) / 2;
  return x < 0 ? tail : 1 - tail;
}

/** Where a rising function on -1..1 reaches a level. */
function rootOf(rising: (x: number) => number, level: number): number {
  let [low, high] = [-1, 1];
  for (let halving = 0; halving < 50; halving++) {
    const middle = (low + high) / 2;
    if (rising(middle) >= level) high = middle;
    else low = middle;
  }
  return high;
}

/** SplitMix32 by its counter: the same numbers in every report. [0, 1) */
function splitMix(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = imul(z ^ (z >>> 16), 0x21f0aaad);
    z = imul(z ^ (z >>> 15), 0x735a2d97);
    return ((z ^ (z >>> 15)) >>> 0) / 2 ** 32;
  };
}
