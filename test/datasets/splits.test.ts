import fc from 'fast-check';
import { DatasetError } from '../../datasets/errors';
import { permutation } from '../../datasets/permutation';
import { drawSplits, type SplitRequest } from '../../datasets/splits';

const classes = ['a', 'b', 'c', 'd'];

/** Labels of `perClass` images of each class, in no particular order. */
function labelsOf(perClass: number, key = 5): Uint8Array {
  return Uint8Array.from(permutation(perClass * classes.length, [key]), (value) => value % classes.length);
}

function draw(labels: Uint8Array, seed: number, request: Partial<SplitRequest> = {}, unlabelled?: number) {
  const splits = {
    train: { count: labels.length },
    unlabelled: unlabelled === undefined ? undefined : { count: unlabelled },
  };
  return drawSplits({ unlabelled: 'all', validation: 10, ...request }, { classes, splits }, labels, seed);
}

const sorted = (places: Int32Array) => [...places].sort((a, b) => a - b);
const countByClass = (places: Int32Array, labels: Uint8Array) =>
  classes.map((_, label) => [...places].filter((place) => labels[place] === label).length);

const dataset = fc.record({
  labels: fc.tuple(fc.integer({ min: 30, max: 60 }), fc.nat(1000)).map(([size, key]) => labelsOf(size, key)),
  validation: fc.integer({ min: 1, max: 20 }),
  seed: fc.nat(2 ** 31 - 1),
});

test('validation and the rest share no image and leave none out', () => {
  fc.assert(
    fc.property(dataset, ({ labels, validation, seed }) => {
      const splits = draw(labels, seed, { validation });
      expect(splits.validation).toHaveLength(validation);
      const all = [...splits.validation, ...splits.labelled('all')];
      expect(all.sort((a, b) => a - b)).toEqual(Array.from(labels, (_, place) => place));
      expect(sorted(splits.unlabelled)).toEqual(sorted(splits.labelled('all')));
    }),
  );
});

test('validation takes of each class in proportion', () => {
  const uneven = Uint8Array.from({ length: 100 }, (_, place) => (place < 60 ? 0 : place < 90 ? 1 : place < 98 ? 2 : 3));
  const drawn = (validation: number) => countByClass(draw(uneven, 1, { validation }).validation, uneven);
  expect(drawn(10)).toEqual([6, 3, 1, 0]);
  expect(drawn(50)).toEqual([30, 15, 4, 1]);
  expect(drawn(0.1)).toEqual([6, 3, 1, 1]);
  expect(drawn(0.99)).toEqual([59, 29, 7, 1]);
  fc.assert(
    fc.property(dataset, ({ labels, validation, seed }) => {
      const counts = countByClass(draw(labels, seed, { validation }).validation, labels);
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    }),
  );
});

test('a class of one image is left to train on where a fraction is asked for', () => {
  const labels = Uint8Array.from([0, 1, 1, 2, 2, 2, 3, 3, 3, 3]);
  const drawn = draw(labels, 1, { validation: 0.2 });
  expect(countByClass(drawn.validation, labels)).toEqual([0, 1, 1, 1]);
  expect(countByClass(drawn.labelled('all'), labels)).toEqual([1, 1, 2, 3]);
});

test('a validation split that the source has is used as it is', () => {
  const labels = labelsOf(10);
  const splits = { train: { count: 40, validation: 12 } };
  const drawn = drawSplits({ unlabelled: 'all', validation: 0.2 }, { classes, splits }, labels, 1);
  expect(sorted(drawn.validation)).toEqual(Array.from({ length: 12 }, (_, at) => 28 + at));
  expect(sorted(drawn.labelled('all'))).toEqual(Array.from({ length: 28 }, (_, at) => at));
});

test('labelled images are balanced, outside of validation, and smaller budgets begin larger ones', () => {
  fc.assert(
    fc.property(dataset, fc.integer({ min: 4, max: 36 }), fc.integer({ min: 4, max: 36 }), (given, one, other) => {
      const splits = draw(given.labels, given.seed, { validation: 10 });
      const [small, large] = [Math.min(one, other), Math.max(one, other)];
      const places = splits.labelled(large);
      expect(new Set(places).size).toBe(large);
      expect([...places].filter((place) => splits.validation.includes(place))).toEqual([]);
      const counts = countByClass(places, given.labels);
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      expect([...splits.labelled(small)]).toEqual([...places.slice(0, small)]);
    }),
  );
});

const share = fc.integer({ min: 1, max: 9999 }).map((hundredths) => `${hundredths / 100}%` as const);

/** Classes of very different sizes, the last of a single image. */
function unevenLabels(): Uint8Array {
  const counts = [200, 61, 7, 1];
  const all = counts.flatMap((count, label) => new Array<number>(count).fill(label));
  return Uint8Array.from(permutation(all.length, [3]), (at) => all[at] as number);
}

test('a percentage takes that share of each class, rounded and one at least; smaller ones begin larger ones', () => {
  const labels = unevenLabels();
  const source = { classes, splits: { train: { count: labels.length + 9, validation: 9 } } };
  const all = Uint8Array.from([...labels, ...new Array<number>(9).fill(0)]);
  fc.assert(
    fc.property(share, share, fc.nat(1000), (one, other, seed) => {
      const splits = drawSplits({ unlabelled: 'all', validation: 9 }, source, all, seed);
      const [small, large] = [one, other].sort((a, b) => parseFloat(a) - parseFloat(b)) as [typeof one, typeof one];
      const places = splits.labelled(large);
      expect(new Set(places).size).toBe(places.length);
      expect(countByClass(places, all)).toEqual(
        [200, 61, 7, 1].map((count) => Math.max(1, Math.floor((parseFloat(large) * count) / 100 + 0.5 + 1e-9))),
      );
      const fewer = splits.labelled(small);
      expect([...fewer]).toEqual([...places.slice(0, fewer.length)]);
    }),
  );
});

test('a number and a percentage begin each class with the same images', () => {
  const labels = labelsOf(50);
  const splits = draw(labels, 3, { validation: 20 });
  expect(sorted(splits.labelled(8)).every((place) => splits.labelled('20%').includes(place))).toBe(true);
});

test('the seed decides which images are labelled, and nothing else', () => {
  fc.assert(
    fc.property(dataset, fc.nat(2 ** 31 - 1), ({ labels, validation, seed }, another) => {
      fc.pre(seed !== another);
      const [one, other] = [draw(labels, seed, { validation }), draw(labels, another, { validation })];
      expect(one.validation).toEqual(other.validation);
      expect(one.unlabelled).toEqual(other.unlabelled);
      expect(one.labelled(40)).not.toEqual(other.labelled(40));
      expect(one.labelled(40)).toEqual(draw(labels, seed, { validation }).labelled(40));
    }),
  );
});

test('what is asked for first, or how often, changes nothing; a caller’s changes stay the caller’s', () => {
  const labels = labelsOf(40);
  const splits = draw(labels, 7);
  const large = splits.labelled(80);
  splits.labelled('all').fill(0);
  splits.labelled(12).fill(0);
  expect(splits.labelled(80)).toEqual(large);
  expect(draw(labels, 7).labelled(80)).toEqual(large);
});

test('without an unlabelled split: the first so many of the pool, a smaller number within a larger', () => {
  const labels = labelsOf(40);
  const all = draw(labels, 1).unlabelled;
  expect(draw(labels, 2, { unlabelled: 30 }).unlabelled).toEqual(all.slice(0, 30));
});

test('with an unlabelled split: places in that one', () => {
  const { unlabelled } = draw(labelsOf(40), 1, { unlabelled: 25 }, 500);
  expect([...unlabelled]).toEqual(Array.from({ length: 25 }, (_, place) => place));
  expect(draw(labelsOf(40), 1, {}, 500).unlabelled).toHaveLength(500);
});

describe('too few images: a sentence', () => {
  const refused = (run: () => unknown) => {
    try {
      run();
    } catch (error) {
      expect(error).toBeInstanceOf(DatasetError);
      return (error as Error).message;
    }
    throw new Error('was not refused');
  };
  test('for validation', () => {
    expect(refused(() => draw(labelsOf(40), 1, { validation: 160 }))).toMatch(
      /validation asks for 160 .* has 160 in all/,
    );
    expect(draw(labelsOf(40), 1, { validation: 159 }).labelled('all')).toHaveLength(1);
  });
  test('without labels', () => {
    expect(refused(() => draw(labelsOf(40), 1, { unlabelled: 151 }))).toMatch(/asks for 151 .* has 150: ask for fewer/);
    expect(refused(() => draw(labelsOf(40), 1, { unlabelled: 501 }, 500))).toMatch(/the unlabelled split has 500/);
  });
  test('of a class', () => {
    const labels = labelsOf(40);
    labels.fill(0, 0, 120);
    const all = draw(labels, 1, { validation: 10 }).labelled('all');
    const counts = countByClass(all, labels);
    const most = Math.min(...counts) * 4;
    expect(draw(labels, 1).labelled(most)).toHaveLength(most);
    const message = refused(() => draw(labels, 1).labelled(most + 4));
    expect(message).toMatch(new RegExp(`the class "[bcd]" has ${most / 4} .* ask for at most ${most}, for "all"`));
    expect(refused(() => draw(labelsOf(40), 1).labelled(1000))).toMatch(/asks for 1000 labelled images/);
  });
  test('of a class that a percentage has to hold', () => {
    const labels = labelsOf(40).map((label) => (label === 3 ? 2 : label));
    expect(refused(() => draw(labels, 1).labelled('10%'))).toMatch(/asks for 10% of each class.*"d" has none outside/);
  });
  test('of a budget below the number of classes', () => {
    expect(refused(() => draw(labelsOf(40), 1).labelled(3))).toMatch(/asks for 3 .* there are 4 classes/);
  });
  test('of labels', () => {
    const source = { classes, splits: { train: { count: 9 } } };
    expect(refused(() => drawSplits({ unlabelled: 'all', validation: 1 }, source, labelsOf(2), 1))).toMatch(
      /has 9 images and 8 labels/,
    );
  });
});
