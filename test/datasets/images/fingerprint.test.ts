import sharp from 'sharp';
import { fingerprintOf, looksSame, similarGroups, type Fingerprint } from '../../../datasets/images/fingerprint';
import { decodeImage, type ImageLayout } from '../../../datasets/images/decode';
import { philox } from '../../../datasets/philox';

const layout: ImageLayout = { size: 64, channels: 3, fit: 'crop' };
const words = (key: number, count: number) =>
  Array.from({ length: Math.ceil(count / 4) }, (_, at) => philox([at, 0, 0, 0], [key, 7])).flat();

/** A picture of 5 x 5 random colours, smoothly blown up to 200 x 200. */
const picture = (key: number) =>
  sharp(Buffer.from(words(key, 75).map((word) => word & 255)).subarray(0, 75), {
    raw: { width: 5, height: 5, channels: 3 },
  }).resize(200, 200, { kernel: 'cubic' });
const print = async (bytes: Buffer) => fingerprintOf(await decodeImage(bytes, layout), layout);

test('a picture that was recompressed, resized or changed format looks the same; another one does not', async () => {
  const png = await picture(1).png().toBuffer();
  const others = await Promise.all([
    sharp(png).jpeg({ quality: 60 }).toBuffer(),
    sharp(png).resize(90, 90).webp({ quality: 70 }).toBuffer(),
    sharp(png).resize(400, 400).png().toBuffer(),
  ]);
  const one = await print(png);
  for (const other of others) expect(looksSame(one, await print(other))).toBe(true);
  expect(looksSame(one, await print(await picture(2).png().toBuffer()))).toBe(false);
});

test('plain pictures are told apart by their colour', async () => {
  const plain = (background: string) =>
    sharp({ create: { width: 64, height: 64, channels: 3, background } })
      .png()
      .toBuffer();
  const [red, green, almost] = await Promise.all(
    ['#ff0000', '#00ff00', '#fd0101'].map(async (c) => print(await plain(c))),
  );
  expect(looksSame(red as Fingerprint, green as Fingerprint)).toBe(false);
  expect(looksSame(red as Fingerprint, almost as Fingerprint)).toBe(true);
});

test('where most fields are empty it is the others that decide', () => {
  const strokes = (level: number): Fingerprint => ({
    hash: [1, 2],
    thumbnail: Uint8Array.from({ length: 64 }, (_, at) => (at % 8 === 3 ? level : 0)),
  });
  /** The same on red, in three channels. */
  const onRed = (level: number): Fingerprint => ({
    hash: [1, 2],
    thumbnail: Uint8Array.from({ length: 192 }, (_, at) => (at % 3 === 0 ? 255 : at % 24 === 10 ? level : 0)),
  });
  expect(looksSame(onRed(150), onRed(70))).toBe(false);
  expect(looksSame(strokes(150), strokes(110))).toBe(false);
  expect(looksSame(strokes(110), strokes(150))).toBe(false);
  expect(looksSame(strokes(150), strokes(130))).toBe(true);
});

/** A print with this hash and no colours. */
const withHash = (high: number, low: number): Fingerprint => ({
  hash: [high >>> 0, low >>> 0],
  thumbnail: new Uint8Array(4),
});

test('groups are those that comparing every pair finds', () => {
  const random = words(3, 800);
  const prints = Array.from({ length: 200 }, (_, at) =>
    withHash(random[2 * at] as number, random[2 * at + 1] as number),
  );
  // Up to six changed bits, spread over both words.
  const near = Array.from({ length: 60 }, (_, at) => {
    const [high, low] = (prints[at] as Fingerprint).hash;
    const flips = Array.from({ length: at % 7 }, (_, flip) => (at * 11 + flip * 13) % 64);
    const flip = (word: number, from: number) =>
      flips.reduce((bits, bit) => (bit >> 5 === from ? bits ^ (1 << (bit & 31)) : bits), word);
    return withHash(flip(high, 0), flip(low, 1));
  });
  const all = [...prints, ...near];
  const expected = near.flatMap((_, at) => (at % 7 <= 4 ? [[at, 200 + at]] : []));
  expect(similarGroups(all)).toEqual(expected);
  expect(all.filter((a, at) => all.some((b, other) => other > at && looksSame(a, b)))).toHaveLength(expected.length);
});

test('a hundred thousand pictures, ten thousand of them all alike, are grouped without comparing every pair', () => {
  const random = words(5, 200_000);
  const prints = Array.from({ length: 100_000 }, (_, at) =>
    at % 10 === 0 ? withHash(0, 0) : withHash(random[2 * at] as number, random[2 * at + 1] as number),
  );
  const groups = similarGroups(prints);
  expect(groups).toHaveLength(1);
  expect(groups[0]).toHaveLength(10_000);
});
