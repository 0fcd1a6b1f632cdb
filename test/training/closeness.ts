/** Largest difference of two lists, and where. */
export function furthest(actual: ArrayLike<number>, expected: ArrayLike<number>): { difference: number; at: number } {
  if (actual.length !== expected.length) throw new Error(`${actual.length} values, expected ${expected.length}`);
  let worst = { difference: 0, at: -1 };
  for (let at = 0; at < expected.length; at++) {
    const difference = Math.abs((actual[at] as number) - (expected[at] as number));
    // Written so that NaN is the furthest of all.
    if (!(difference <= worst.difference)) worst = { difference, at };
    if (Number.isNaN(difference)) return { difference: Infinity, at };
  }
  return worst;
}

/** Throws unless every value lies within `tolerance`; says which one does not. */
export function expectClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  what = 'values',
): void {
  const { difference, at } = furthest(actual, expected);
  if (difference > tolerance)
    throw new Error(
      `${what} differ by ${difference.toExponential(2)} (tolerance ${tolerance}) at ${at}: ` +
        `${actual[at]} instead of ${expected[at]}`,
    );
}

export const norm = (values: ArrayLike<number>): number =>
  Math.sqrt(Array.from(values).reduce((sum, v) => sum + v * v, 0));
