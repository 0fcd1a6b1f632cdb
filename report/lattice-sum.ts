/** A whole number and the probability that it is drawn. */
export interface Mass {
  value: number;
  probability: number;
}

/** Below it a frequency's part of a probability is lost in rounding anyhow. */
const negligible = 1e-18;

/**
 * Quantiles of the sum of independent draws of whole numbers, exact but for rounding: the smallest sum whose cumulative
 * probability is at least `q`. By the discrete Fourier transform of the characteristic function (Feller 1971, An Introduction
 * to Probability Theory II, XV.4) over a window that the sum leaves with a probability below 1e-14 (Bernstein's inequality).
 *
 * @param masses probabilities sum to 1
 * @param draws how many are added, from 1
 */
export function quantilesOfSum(masses: readonly Mass[], draws: number, quantiles: readonly number[]): number[] {
  const mean = masses.reduce((sum, { value, probability }) => sum + value * probability, 0);
  const variance = masses.reduce((sum, { value, probability }) => sum + probability * (value - mean) ** 2, 0);
  const values = masses.map(({ value }) => value);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const reach = Math.ceil(9 * Math.sqrt(draws * variance) + 40 * (most - least));
  const from = Math.max(draws * least, Math.floor(draws * mean) - reach);
  const to = Math.min(draws * most, Math.ceil(draws * mean) + reach);
  const cumulative = cumulativeOver(masses, draws, { from, places: to - from + 1 });
  return quantiles.map((q) => {
    let [low, high] = [from, to];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (cumulative(middle) >= q - 1e-12) high = middle;
      else low = middle + 1;
    }
    return low;
  });
}

interface Frequency {
  omega: number;
  size: number;
  angle: number;
}

/** The characteristic function to the power of `draws`, at the frequencies of the window where it is not negligible. */
function frequenciesOf(masses: readonly Mass[], draws: number, places: number): Frequency[] {
  const found: Frequency[] = [];
  for (let at = 1; at < places; at++) {
    const omega = (2 * Math.PI * at) / places;
    let [re, im] = [0, 0];
    for (const { value, probability } of masses) {
      re += probability * Math.cos(omega * value);
      im += probability * Math.sin(omega * value);
    }
    const size = Math.hypot(re, im) ** draws;
    if (size > negligible) found.push({ omega, size, angle: draws * Math.atan2(im, re) });
  }
  return found;
}

/** P(from <= sum <= k) as a function of k: the geometric sum of each frequency over the places up to k. */
function cumulativeOver(
  masses: readonly Mass[],
  draws: number,
  { from, places }: { from: number; places: number },
): (k: number) => number {
  const frequencies = frequenciesOf(masses, draws, places);
  return (k) => {
    const upTo = k - from + 1;
    const waves = frequencies.reduce((sum, { omega, size, angle }) => {
      const geometric = Math.sin((omega * upTo) / 2) / Math.sin(omega / 2);
      return sum + size * geometric * Math.cos(angle - omega * (from + (upTo - 1) / 2));
    }, 0);
    return (upTo + waves) / places;
  };
}
