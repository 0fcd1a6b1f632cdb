import { nearestRows, unitRow } from '../../../activities/pretraining/nearest-features';

const rows = [
  [3, 4],
  [-3, -4],
  [0.6, 0.8],
  [0, 0],
  [4, 3],
].map((row) => unitRow(Float32Array.from(row)));

test('rows have the length 1, and zeros stay zeros', () => {
  expect(Array.from(rows[0] ?? [])).toEqual([0.6, 0.8]);
  expect(Array.from(rows[3] ?? [])).toEqual([0, 0]);
});

test('the nearest come first by cosine, of equal ones the first, and no more than were asked for', () => {
  const own = unitRow(Float32Array.from([6, 8]));
  const nearest = nearestRows([...rows.slice(3), ...rows.slice(0, 3)], own, 4);
  // shifted by two: [0, 0] is 0, [4, 3] is 1, [3, 4] is 2 and [0.6, 0.8] is 4
  expect(nearest.map(({ at }) => at)).toEqual([2, 4, 1, 0]);
  expect(nearest[2]?.cosine).toBeCloseTo(0.96, 12);
  expect(nearest[3]?.cosine).toBe(0);
});
