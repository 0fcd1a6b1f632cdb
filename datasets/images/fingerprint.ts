import type { ImageLayout } from './decode';

/** What a picture looks like, in few bytes; made of its stored pixels, so of what a network would see. */
export interface Fingerprint {
  /** 64 bits of perceptual hash, in two words */
  hash: [high: number, low: number];
  /** means of 8 x 8 fields, by channel; tells plain pictures of different colours apart, on which the hash says nothing */
  thumbnail: Uint8Array;
}

/** Of the thumbnail: 8 x 8. */
const thumbnailFields = 64;
/** Of 64 bits; as is usual for this hash. Independent pictures differ in about 32. */
const nearBits = 4;
/**
 * How far thumbnails may lie apart: levels of 0 to 255, mean over the thumbnail (recompressed or resized pictures mostly stay
 * below 3), and of what a picture itself departs from its mean (strokes on black are alike in most fields, whatever they show:
 * copies stay below .12, as a JPEG of quality 40). Rounding alone comes to two levels.
 */
const nearLevels = 6;
const nearShare = 0.12;
const roundingLevels = 2;

/**
 * The perceptual hash that is commonly called pHash: signs, against their median, of the 64 lowest frequencies (without
 * the mean) of the discrete cosine transform of 32 x 32 grey fields.
 * @param pixels uint8, HWC, as decodeImage makes them
 */
export function fingerprintOf(pixels: Buffer, { size, channels }: Pick<ImageLayout, 'size' | 'channels'>): Fingerprint {
  const thumbnail = Uint8Array.from(fieldMeans(pixels, size, channels, 8), Math.round);
  const fields = fieldMeans(pixels, size, channels, grid);
  const grey = new Float64Array(grid * grid);
  fields.forEach((value, at) => {
    const field = Math.floor(at / channels);
    grey[field] = (grey[field] as number) + value / channels;
  });
  const frequencies = lowFrequencies(grey);
  const median = [...frequencies].sort((a, b) => a - b)[32] as number;
  const hash: [number, number] = [0, 0];
  frequencies.forEach((value, at) => {
    if (value > median) hash[at >> 5] = ((hash[at >> 5] as number) | (1 << (at & 31))) >>> 0;
  });
  return { hash, thumbnail };
}

/** Whether two pictures look the same. */
export function looksSame(a: Fingerprint, b: Fingerprint): boolean {
  if (bitsApart(a.hash, b.hash) > nearBits) return false;
  const apart = meanOf(a.thumbnail, (value, at) => Math.abs(value - (b.thumbnail[at] as number)));
  if (apart <= roundingLevels || apart > nearLevels) return apart <= roundingLevels;
  return apart <= nearShare * Math.min(departure(a.thumbnail), departure(b.thumbnail));
}

const meanOf = (values: Uint8Array, of: (value: number, at: number) => number): number =>
  values.reduce((sum, value, at) => sum + of(value, at), 0) / values.length;

/** Mean distance of a thumbnail's fields from their channel's mean, levels. */
function departure(thumbnail: Uint8Array): number {
  const channels = Math.max(1, thumbnail.length / thumbnailFields);
  const means = Array.from({ length: channels }, (_, channel) => {
    const own = thumbnail.filter((_, at) => at % channels === channel);
    return meanOf(own, (value) => value);
  });
  return meanOf(thumbnail, (value, at) => Math.abs(value - (means[at % channels] as number)));
}

/** Five blocks of 64 bits: hashes that differ in at most four bits have one of them in common. */
const blocks: [shift: number, bits: number][] = [
  [0, 13],
  [13, 13],
  [26, 13],
  [39, 13],
  [52, 12],
];

/**
 * Groups of pictures that look the same, each of at least two; a picture belongs to one group at most, and looks like
 * the first of it. Takes about n * n / 8192 comparisons of hashes, not n * n.
 * @returns places in `prints`, ascending; groups by their first
 */
export function similarGroups(prints: readonly Fingerprint[]): number[][] {
  const byHash = new Map<string, number[]>();
  prints.forEach(({ hash }, at) => push(byHash, hash.join(), at));
  const distinct = [...byHash.values()];
  const joined = distinct.map((_, at) => at);
  const rootOf = (at: number): number => {
    while (joined[at] !== at) at = joined[at] = joined[joined[at] as number] as number;
    return at;
  };
  const hashAt = (at: number) => (prints[(distinct[at] as number[])[0] as number] as Fingerprint).hash;
  for (const block of blocks) {
    const buckets = new Map<number, number[]>();
    distinct.forEach((_, at) => push(buckets, blockOf(hashAt(at), block), at));
    for (const bucket of buckets.values())
      bucket.forEach((one, first) => {
        for (const other of bucket.slice(first + 1))
          if (bitsApart(hashAt(one), hashAt(other)) <= nearBits) joined[rootOf(one)] = rootOf(other);
      });
  }
  const candidates = new Map<number, number[]>();
  distinct.forEach((places, at) => places.forEach((place) => push(candidates, rootOf(at), place)));
  return [...candidates.values()]
    .flatMap((places) => (places.length < 2 ? [] : groupsAmong(places, prints)))
    .sort((a, b) => (a[0] as number) - (b[0] as number));
}

/** Most groups that one set of candidates is compared with: plain pictures in thousands of shades stay affordable. */
const mostLeaders = 64;

function groupsAmong(places: number[], prints: readonly Fingerprint[]): number[][] {
  const groups: number[][] = [];
  for (const place of places.sort((a, b) => a - b)) {
    const print = prints[place] as Fingerprint;
    const group = groups.find(([leader]) => looksSame(prints[leader as number] as Fingerprint, print));
    if (group) group.push(place);
    else if (groups.length < mostLeaders) groups.push([place]);
  }
  return groups.filter((group) => group.length > 1);
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const there = map.get(key);
  if (there) there.push(value);
  else map.set(key, [value]);
}

function blockOf([high, low]: Fingerprint['hash'], [shift, bits]: [number, number]): number {
  const mask = 2 ** bits - 1;
  if (shift >= 32) return (low >>> (shift - 32)) & mask;
  const above = shift + bits > 32 ? low << (32 - shift) : 0;
  return ((high >>> shift) | above) & mask;
}

const bitsApart = (a: Fingerprint['hash'], b: Fingerprint['hash']) => ones(a[0] ^ b[0]) + ones(a[1] ^ b[1]);

/** Set bits of 32 (Hacker's Delight, 5-1). */
function ones(word: number): number {
  word -= (word >>> 1) & 0x5555_5555;
  word = (word & 0x3333_3333) + ((word >>> 2) & 0x3333_3333);
  return Math.imul((word + (word >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
}

const grid = 32;
const lowest = 8;

/** Means of side x side equal fields, by channel. A field of a smaller image is its nearest pixel. */
function fieldMeans(pixels: Buffer, size: number, channels: number, side: number): Float64Array {
  const means = new Float64Array(side * side * channels);
  const bound = (at: number) => Math.floor((at * size) / side);
  let field = 0;
  for (let row = 0; row < side; row++)
    for (let column = 0; column < side; column++) {
      const [top, left] = [bound(row), bound(column)];
      const [bottom, right] = [Math.max(top + 1, bound(row + 1)), Math.max(left + 1, bound(column + 1))];
      const area = (bottom - top) * (right - left);
      for (let channel = 0; channel < channels; channel++) {
        let sum = 0;
        for (let y = top; y < bottom; y++)
          for (let x = left; x < right; x++) sum += pixels[(y * size + x) * channels + channel] as number;
        means[field++] = sum / area;
      }
    }
  return means;
}

/** cos(pi (2 x + 1) u / 64) for the frequencies u = 0 .. 7 */
const cosines = Array.from({ length: lowest }, (_, u) =>
  Float64Array.from({ length: grid }, (_, x) => Math.cos((Math.PI * (2 * x + 1) * u) / (2 * grid))),
);

/** The 8 x 8 frequencies 0 .. 7 in both directions, row by row; 0 for the mean, which is the first. */
function lowFrequencies(grey: Float64Array): Float64Array {
  const rows = new Float64Array(lowest * grid);
  for (let u = 0; u < lowest; u++)
    for (let y = 0; y < grid; y++) {
      let sum = 0;
      for (let x = 0; x < grid; x++) sum += (grey[y * grid + x] as number) * (cosines[u]?.[x] as number);
      rows[u * grid + y] = sum;
    }
  return Float64Array.from({ length: lowest * lowest }, (_, at) => {
    const [v, u] = [Math.floor(at / lowest), at % lowest];
    let sum = 0;
    for (let y = 0; y < grid; y++) sum += (rows[u * grid + y] as number) * (cosines[v]?.[y] as number);
    // Rounding noise of a plain picture is no sign.
    return at === 0 || Math.abs(sum) < 1e-6 ? 0 : sum;
  });
}
