/** Of several measurements. */
export interface Spread {
  median: number;
  min: number;
  max: number;
}

/** @throws RangeError without a value */
export function spreadOf(values: readonly number[]): Spread {
  if (values.length === 0) throw new RangeError('a spread needs at least one value');
  const sorted = [...values].sort((a, b) => a - b);
  const at = (place: number) => sorted[place] as number;
  const half = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? at(half) : (at(half - 1) + at(half)) / 2;
  return { median, min: at(0), max: at(sorted.length - 1) };
}

/**
 * How many times better the first side is, round by round.
 *
 * @param better `more`: the larger figure is the better one (images/s); `less`: the smaller (seconds, MiB)
 */
export function ratioOf(ours: readonly number[], theirs: readonly number[], better: 'more' | 'less'): Spread {
  if (ours.length !== theirs.length) throw new RangeError('both sides need a value in every round');
  return spreadOf(
    ours.map((value, round) =>
      better === 'more' ? value / (theirs[round] as number) : (theirs[round] as number) / value,
    ),
  );
}

/** 1234.5 -> "1,235"; 12.34 -> "12.3"; 1.234 -> "1.23". */
export function figure(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** "12.3 (11.9-12.6)". */
export const shown = ({ median, min, max }: Spread): string => `${figure(median)} (${figure(min)}-${figure(max)})`;
