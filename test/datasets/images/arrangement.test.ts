import fc from 'fast-check';
import { arrangeImages } from '../../../datasets/images/arrangement';
import type { ExaminedImage } from '../../../datasets/images/examine';
import { sha256 } from '../../../storage/integrity';
import { philox } from '../../../datasets/philox';

/** What is stored of picture `shows`: every one its own hash. A second file of it has other bytes and the same look. */
const image = (label: string, shows: number, copy: number, at: number): ExaminedImage => ({
  at,
  ...{ format: 'png', width: 8, height: 8, traits: [] },
  sha256: sha256(`${shows} ${copy}`),
  fingerprint: {
    hash: philox([shows, 0, 0, 0], [1, 2]).slice(0, 2) as [number, number],
    thumbnail: new Uint8Array(64).fill(shows % 256),
  },
  file: { file: '', path: `${label}/${shows}-${copy}-${at}`, label, bytes: 1, split: null },
});

/** Classes, of each some pictures, of each so many files. */
const classes = fc.array(fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 12 }), {
  minLength: 2,
  maxLength: 4,
});
const imagesOf = (counts: number[][]) =>
  counts.flatMap((pictures, label) =>
    pictures.flatMap((files, picture) =>
      Array.from({ length: files }, (_, copy) => image(`class-${label}`, label * 100 + picture, copy, copy)),
    ),
  );
/** `class-1/101` */
const picture = ({ file }: ExaminedImage) => file.path.replace(/-\d+-\d+$/, '');

test('files that look the same stay on one side of a split by content, whatever their order', () => {
  fc.assert(
    fc.property(classes, fc.double({ min: 0.1, max: 0.6, noNaN: true }), fc.integer(), (counts, fraction, order) => {
      const images = imagesOf(counts);
      const { train, test } = arrangeImages(images, fraction);
      expect(train.length + test.length).toBe(images.length);
      const trained = new Set(train.map(picture));
      for (const one of test) expect(trained.has(picture(one))).toBe(false);
      const shuffled = images
        .map((one, at) => ({ one, key: philox([at, 0, 0, 0], [order >>> 0, 3])[0] }))
        .sort((a, b) => a.key - b.key)
        .map(({ one }) => one);
      const again = arrangeImages(shuffled, fraction).test;
      expect(again.map(({ file }) => file.path).sort()).toEqual(test.map(({ file }) => file.path).sort());
    }),
  );
});

test('of every class some pictures are tested on, no more than the fraction where that is possible, and one is left', () => {
  fc.assert(
    fc.property(classes, fc.double({ min: 0.1, max: 0.6, noNaN: true }), (counts, fraction) => {
      const { train, test } = arrangeImages(imagesOf(counts), fraction);
      counts.forEach((pictures, label) => {
        const of = (images: ExaminedImage[]) => images.filter(({ file }) => file.label === `class-${label}`);
        const files = pictures.reduce((sum, count) => sum + count, 0);
        expect(of(train).length).toBeGreaterThan(0);
        if (pictures.length === 1) return expect(of(test)).toEqual([]);
        expect(of(test).length).toBeGreaterThan(0);
        const allowed = Math.max(1, Math.round(files * fraction), Math.min(...pictures));
        expect(of(test).length).toBeLessThanOrEqual(allowed);
      });
    }),
  );
});
