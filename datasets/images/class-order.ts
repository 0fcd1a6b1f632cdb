/** The order of classes: numbers in names by their value (2 before 10), everything else by code points. */
export function naturalOrder(a: string, b: string): number {
  const parts = (name: string): string[] => name.match(/\d+|\D+/g) ?? [];
  const [left, right] = [parts(a), parts(b)];
  for (let at = 0; at < Math.min(left.length, right.length); at++) {
    const [one, other] = [left[at] as string, right[at] as string];
    if (one === other) continue;
    const byValue = /^\d/.test(one) && /^\d/.test(other) ? compare(BigInt(one), BigInt(other)) : 0;
    return byValue || compareCodePoints(one, other);
  }
  return left.length - right.length || compareCodePoints(a, b);
}

const compare = (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0);

/** JavaScript compares UTF-16 units, which is another order beyond U+FFFF. */
export function compareCodePoints(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
