import fc from 'fast-check';
import {
  epochsOfRung,
  memberName,
  promoted,
  promotedCount,
  ranked,
  type Halving,
} from '../../../experiment/sweep/halving';

const halvings: fc.Arbitrary<Halving> = fc.record({
  rungs: fc.integer({ min: 1, max: 6 }),
  keep: fc.double({ min: 0.05, max: 0.95, noNaN: true }),
});
const accuracy = fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: null });
const members = fc
  .array(accuracy, { minLength: 1, maxLength: 64 })
  .map((list) => list.map((validationAccuracy, at) => ({ member: at + 1, validationAccuracy })));

test('Hyperband, table 1: 81 members, a third each, lengths 1, 3, 9, 27 and 81', () => {
  const halving = { rungs: 5, keep: 1 / 3 };
  let standing = 81;
  const table = [1, 2, 3, 4, 5].map((rung) => {
    const row = [standing, epochsOfRung(halving, rung, 81)];
    standing = promotedCount(halving, rung, standing);
    return row;
  });
  expect(table).toEqual([
    [81, 1],
    [27, 3],
    [9, 9],
    [3, 27],
    [1, 81],
  ]);
});

test('rungs never get shorter, the last has the full length, and 0 epochs stay 0', () => {
  fc.assert(
    fc.property(halvings, fc.integer({ min: 0, max: 1000 }), (halving, epochs) => {
      const lengths = Array.from({ length: halving.rungs }, (_, at) => epochsOfRung(halving, at + 1, epochs));
      expect([...lengths].sort((a, b) => a - b)).toEqual(lengths);
      expect(lengths.at(-1)).toBe(epochs);
      expect(epochsOfRung(halving, 1, 0)).toBe(0);
    }),
  );
});

test('at least one and never more than there were go on; of the last rung one', () => {
  fc.assert(
    fc.property(halvings, fc.integer({ min: 1, max: 64 }), (halving, count) => {
      const kept = promotedCount(halving, 1, count);
      expect(kept).toBeGreaterThanOrEqual(1);
      expect(kept).toBeLessThanOrEqual(count);
      expect(promotedCount(halving, halving.rungs, count)).toBe(1);
    }),
  );
  expect(promotedCount({ rungs: 2, keep: 0.29 }, 1, 100)).toBe(29);
});

test('no member that goes on has less than one that does not, failed ones never go on, and the order of the list does not matter', () => {
  fc.assert(
    fc.property(halvings, members, (halving, list) => {
      const on = promoted(halving, 1, list);
      const worst = Math.min(...on.map(({ validationAccuracy }) => validationAccuracy as number));
      const out = list.filter((each) => !on.includes(each));
      expect(on.every(({ validationAccuracy }) => validationAccuracy !== null)).toBe(true);
      expect(out.every(({ validationAccuracy }) => (validationAccuracy ?? -1) <= worst)).toBe(true);
      expect(on).toHaveLength(
        Math.min(
          promotedCount(halving, 1, list.length),
          list.filter((each) => each.validationAccuracy !== null).length,
        ),
      );
      expect(promoted(halving, 1, [...list].reverse())).toEqual(on);
    }),
  );
});

test('of equals the first of the grid stands first', () => {
  const equal = [3, 1, 2].map((member) => ({ member, validationAccuracy: 0.5 }));
  expect(ranked(equal).map(({ member }) => member)).toEqual([1, 2, 3]);
});

test('names', () => {
  expect(memberName('lr', { rungs: 3 }, 7, 1)).toBe('lr-07-rung-1');
  expect(memberName('lr', { rungs: 3 }, 7, 3)).toBe('lr-07');
  expect(memberName('lr', { rungs: 1 }, 12, 1)).toBe('lr-12');
});
