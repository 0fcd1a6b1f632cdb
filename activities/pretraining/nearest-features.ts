/** A row of features at the length 1, so that products of two are cosines; zeros stay zeros. */
export function unitRow(row: Float32Array): Float64Array {
  const norm = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0)) || 1;
  return Float64Array.from(row, (value) => value / norm);
}

/**
 * The `count` rows that are nearest to `own` by cosine, the nearest first; of equal ones the first.
 *
 * @param unit rows of length 1 @param own of length 1 too
 */
export function nearestRows(
  unit: readonly Float64Array[],
  own: Float64Array,
  count: number,
): { at: number; cosine: number }[] {
  return unit
    .map((row, at) => ({ at, cosine: row.reduce((sum, value, i) => sum + value * (own[i] as number), 0) }))
    .sort((a, b) => b.cosine - a.cosine || a.at - b.at)
    .slice(0, count);
}
