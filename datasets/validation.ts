import { DatasetError } from './errors';
import { permutation } from './permutation';

/** Names the order below; any fixed numbers. */
const validationKey = [0x62796f6c, 1];

/**
 * Sets training images aside to choose settings on, of each class in proportion; the same for every seed.
 *
 * @param wanted images; a fraction between 0 and 1 (rounded for each class, of which at least one image is taken and one
 *   left where it has two); or that the last so many images of the split were given for it
 * @param labels class of each image, from 0
 * @returns places; `pool` are all others, both in a random order
 * @throws DatasetError where nothing would be left to train on
 */
export function drawValidation(
  wanted: number | { last: number },
  labels: ArrayLike<number>,
  classes: number,
): { validation: Int32Array; pool: Int32Array } {
  const order = permutation(labels.length, validationKey);
  if (typeof wanted === 'object') {
    const from = labels.length - wanted.last;
    return { validation: order.filter((place) => place >= from), pool: order.filter((place) => place < from) };
  }
  if (wanted >= labels.length)
    throw new DatasetError(
      `dataset.validation asks for ${wanted} images to choose settings on, but the training split has ` +
        `${labels.length} in all: leave some to train on.`,
    );
  const counts = new Array<number>(classes).fill(0);
  for (const place of order) counts[labels[place] as number] = (counts[labels[place] as number] as number) + 1;
  const left = wanted < 1 ? fractionsOf(counts, wanted) : sharesOf(counts, wanted);
  const taken = order.map((place) => {
    const label = labels[place] as number;
    if (left[label] === 0) return 0;
    left[label] = (left[label] as number) - 1;
    return 1;
  });
  return { validation: order.filter((_, at) => taken[at] === 1), pool: order.filter((_, at) => taken[at] === 0) };
}

const fractionsOf = (counts: number[], fraction: number) =>
  counts.map((count) => (count < 2 ? 0 : Math.min(count - 1, Math.max(1, Math.round(count * fraction)))));

/** `wanted` in proportion to the counts, by largest remainders; one of each class is left while that is possible. */
function sharesOf(counts: number[], wanted: number): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const spare = wanted <= total - counts.length ? 1 : 0;
  const exact = counts.map((count) => (count * wanted) / total);
  const shares = counts.map((count, label) => Math.min(Math.floor(exact[label] as number), Math.max(0, count - spare)));
  for (let missing = wanted - shares.reduce((sum, share) => sum + share, 0); missing > 0; missing--) {
    let best = -1;
    let most = Number.NEGATIVE_INFINITY;
    counts.forEach((count, label) => {
      const lacks = (exact[label] as number) - (shares[label] as number);
      if ((shares[label] as number) < count - spare && lacks > most) [best, most] = [label, lacks];
    });
    shares[best] = (shares[best] as number) + 1;
  }
  return shares;
}
