import type { LabelBudget } from '../experiment/comparison';

const minus = '\u2212';

const signed = (value: number, digits: number): string => {
  const size = Math.abs(value).toFixed(digits);
  return Number(size) === 0 ? size : `${value < 0 ? minus : '+'}${size}`;
};

export { percent } from '../experiment/percent';

/** A difference of shares as '+3.3' (percentage points, the word left out). */
export const points = (difference: number): string => signed(difference * 100, 1);

/** '+0.6 to +6.1' for an interval or range of differences; more digits where an end would look like zero and is not. */
export const pointsRange = (ends: readonly [number, number]): string => {
  const digits = ends.some((end) => end !== 0 && Math.abs(end) < 0.0005) ? 2 : 1;
  return ends.map((end) => signed(end * 100, digits)).join(' to ');
};

/** '50 labels', 'all 4,500 labels', '450 labels (10%)'. */
export const budgetPhrase = (labels: LabelBudget, labelCount: number): string => {
  const noun = labelCount === 1 ? 'label' : 'labels';
  return `${labels === 'all' ? 'all ' : ''}${whole(labelCount)} ${noun}${share(labels)}`;
};

/** '50', 'all 4,500', '450 (10%)'. */
export const budgetShort = (labels: LabelBudget, labelCount: number): string =>
  `${labels === 'all' ? 'all ' : ''}${whole(labelCount)}${share(labels)}`;

const share = (labels: LabelBudget): string => (typeof labels === 'string' && labels !== 'all' ? ` (${labels})` : '');

/** 12,345 */
export const whole = (value: number): string => Math.round(value).toLocaleString('en-US');

/** A number of labels read off between two budgets: 'about 85', 'about 1,300'. Two digits are all that it can bear. */
export const aboutLabels = (labels: number): string => `about ${whole(Number(labels.toPrecision(2)))}`;

/** '1 seed', '3 seeds'. */
export const counted = (n: number, noun: string): string => `${whole(n)} ${noun}${n === 1 ? '' : 's'}`;

/** A learning rate as people write it: 0.003, 1e-5. */
export const rate = (value: number): string => (value >= 1e-4 ? String(value) : value.toExponential());

/** A loss or spread to three decimals; 'not finite' for a diverged run. */
export const decimal = (value: number): string => (Number.isFinite(value) ? value.toFixed(3) : 'not finite');

/** '38 s', '4 min 12 s', '2 h 05 min'. */
export const duration = (seconds: number): string => {
  const total = Math.round(seconds);
  if (total < 60) return `${total} s`;
  if (total < 3600) return `${Math.floor(total / 60)} min ${String(total % 60).padStart(2, '0')} s`;
  return `${Math.floor(total / 3600)} h ${String(Math.floor((total % 3600) / 60)).padStart(2, '0')} min`;
};

/** 'a, b and c' */
export const listed = (words: string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words[words.length - 1]}`;
