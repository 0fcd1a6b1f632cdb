/**
 * Probability that |T| < t for Student's t with `degrees` degrees of freedom, as a function of the angle atan(t / sqrt(degrees)).
 * Closed form for whole degrees: Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4.
 */
function centralProbability(angle: number, degrees: number): number {
  const cosine = Math.cos(angle);
  const odd = degrees % 2 === 1;
  let term = odd ? cosine : 1;
  let sum = degrees === 1 ? 0 : term;
  for (let power = odd ? 3 : 2; power <= degrees - 2; power += 2) {
    term *= (cosine * cosine * (power - 1)) / power;
    sum += term;
  }
  return odd ? (2 / Math.PI) * (angle + Math.sin(angle) * sum) : Math.sin(angle) * sum;
}

/**
 * The t for which |T| < t has the given probability (two-sided quantile), by bisection.
 * @param degrees of freedom, a whole number from 1
 * @param probability 0 < probability < 1, for instance .95
 */
export function studentT(degrees: number, probability: number): number {
  if (!Number.isInteger(degrees) || degrees < 1)
    throw new RangeError(`Student's t needs a whole number of degrees of freedom from 1; given: ${degrees}.`);
  if (!(probability > 0 && probability < 1))
    throw new RangeError(`Student's t needs a probability between 0 and 1, not 0 or 1 itself; given: ${probability}.`);
  let low = 0;
  let high = Math.PI / 2;
  for (let halving = 0; halving < 60; halving++) {
    const middle = (low + high) / 2;
    if (centralProbability(middle, degrees) < probability) low = middle;
    else high = middle;
  }
  return Math.sqrt(degrees) * Math.tan((low + high) / 2);
}

/**
 * Two-sided p of a t statistic: the probability of one at least as far from zero under the hypothesis.
 * @param degrees of freedom, a whole number from 1
 */
export const twoSidedP = (t: number, degrees: number): number =>
  1 - centralProbability(Math.atan(Math.abs(t) / Math.sqrt(degrees)), degrees);
