/** Which test images one arm of one seed was right about: 1 or 0, in the order of the split. */
export type Correctness = Uint8Array;

/** One seed: both arms on the same images. */
export interface Pair {
  baseline: Correctness;
  arm: Correctness;
}
export type Interval = [low: number, high: number];

const resamples = 2000;
/** Looked up once: in the innermost loop a global costs more than the sum. */
const { floor, imul } = Math;

/**
 * Percentile bootstrap over the test images of the mean accuracy difference of these seeds (Efron & Tibshirani 1993,
 * section 13.3): what another draw of as many test images would have given. The images are drawn, the seeds are not.
 *
 * @returns the 95 % interval on the 0..1 scale; null without pairs or images
 */
export const imageBootstrap = (pairs: readonly Pair[]): Interval | null => bootstrap(pairs, false);

/**
 * The same with the seeds drawn too. All seeds judge the same test images, so that one draw of images serves all drawn
 * seeds (crossed, as Owen 2007, The pigeonhole bootstrap; images drawn anew within each seed would be told too narrow).
 * Few seeds understate their own part: its variance is (n - 1) / n of the true one.
 *
 * @returns the 95 % interval on the 0..1 scale; null for fewer than two pairs
 */
export const seedAndImageBootstrap = (pairs: readonly Pair[]): Interval | null =>
  pairs.length < 2 ? null : bootstrap(pairs, true);

function bootstrap(pairs: readonly Pair[], drawSeeds: boolean): Interval | null {
  const { length: seeds } = pairs;
  const images = pairs[0]?.arm.length ?? 0;
  if (images === 0) return null;
  const { kindOf, kinds } = kindsOf(pairs, images);
  const random = splitMix(images);
  const means = new Float64Array(resamples);
  const times = new Int32Array(seeds).fill(1);
  for (let draw = 0; draw < resamples; draw++) {
    if (drawSeeds) {
      times.fill(0);
      for (let each = 0; each < seeds; each++) bump(times, floor(random() * seeds));
    }
    const worth = Int32Array.from(kinds, (signs) =>
      signs.reduce((sum, sign, seed) => sum + sign * (times[seed] as number), 0),
    );
    let sum = 0;
    for (let at = 0; at < images; at++) sum += worth[kindOf[floor(random() * images)] as number] as number;
    means[draw] = sum / (images * seeds);
  }
  means.sort();
  return [quantile(means, 0.025), quantile(means, 0.975)];
}

const bump = (counts: Int32Array, at: number): void => void (counts[at] = (counts[at] as number) + 1);

/** Images that every seed judges alike are of one kind: -1, 0 or 1 by seed (arm minus baseline). Few kinds cover all images. */
function kindsOf(pairs: readonly Pair[], images: number): { kindOf: Int32Array; kinds: number[][] } {
  const known = new Map<string, number>();
  const kinds: number[][] = [];
  const kindOf = Int32Array.from({ length: images }, (_, at) => {
    const signs = pairs.map(({ baseline, arm }) => (arm[at] as number) - (baseline[at] as number));
    const name = signs.join();
    const kind = known.get(name) ?? kinds.push(signs) - 1;
    known.set(name, kind);
    return kind;
  });
  return { kindOf, kinds };
}

/** Linear between the order statistics, as numpy.quantile. */
function quantile(sorted: Float64Array, q: number): number {
  const place = q * (sorted.length - 1);
  const below = floor(place);
  const [low, high] = [sorted[below] as number, sorted[Math.min(below + 1, sorted.length - 1)] as number];
  return low + (place - below) * (high - low);
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
