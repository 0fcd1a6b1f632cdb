import fc from 'fast-check';
import { gridOf, mostMembers, settingsText, type Axis } from '../../../experiment/sweep/grid';

const axes: fc.Arbitrary<Axis[]> = fc
  .uniqueArray(fc.constantFrom('pretraining.batch', 'pretraining.learningRate', 'precision', 'model.width'), {
    minLength: 1,
    maxLength: 4,
  })
  .chain((paths) =>
    fc.tuple(
      ...paths.map((path) =>
        fc
          .uniqueArray(fc.integer({ min: 1, max: 99 }), { minLength: 2, maxLength: 5 })
          .map((values) => ({ path, values })),
      ),
    ),
  );
const size = (list: readonly Axis[]) => list.reduce((product, { values }) => product * values.length, 1);

test('the grid is the product: every combination once, each with a value for every setting', () => {
  fc.assert(
    fc.property(axes, (list) => {
      fc.pre(size(list) <= mostMembers);
      const grid = gridOf(list);
      expect(grid).toHaveLength(size(list));
      expect(new Set(grid.map(settingsText)).size).toBe(size(list));
      for (const member of grid) {
        expect(member.map(({ path }) => path)).toEqual(list.map(({ path }) => path));
        member.forEach(({ value }, at) => expect(list[at]?.values).toContain(value));
      }
    }),
  );
});

test('the last setting varies fastest', () => {
  const grid = gridOf([
    { path: 'pretraining.batch', values: [16, 32] },
    { path: 'precision', values: ['fp32', 'bf16'] },
  ]);
  expect(grid.map(settingsText)).toEqual([
    'pretraining.batch=16, precision=fp32',
    'pretraining.batch=16, precision=bf16',
    'pretraining.batch=32, precision=fp32',
    'pretraining.batch=32, precision=bf16',
  ]);
});

test('a grid above the cap is refused with its size, before it is made', () => {
  const values = Array.from({ length: 1000 }, (_, at) => at);
  const paths = ['pretraining.batch', 'pretraining.learningRate', 'model.width', 'pretraining.predictor.hidden'];
  expect(() => gridOf(paths.map((path) => ({ path, values })))).toThrow(
    /1000 x 1000 x 1000 x 1000 has 1000000000000 members, and a sweep may have 64/,
  );
  fc.assert(
    fc.property(axes, (list) => {
      fc.pre(size(list) > mostMembers);
      expect(() => gridOf(list)).toThrow(/a sweep may have 64/);
    }),
  );
});

test.each([
  [[], /at least one setting with two values/],
  [[{ path: 'pretraining.batch', values: [16, 16] }], /each value may stand once; 16 stands twice/],
  [[{ path: 'seeds', values: [[1], [2]] }], /seeds cannot be swept: a seed that does best does so by luck/],
  [[{ path: 'labels', values: [[50], [100]] }], /labels cannot be swept: .*answer other questions/],
  [
    [{ path: 'dataset.validation', values: [100, 200] }],
    /dataset.validation cannot be swept: .*judged on other images/,
  ],
  [[{ path: 'dataset', values: [{ kind: 'mnist-idx' }, {}] }], /dataset cannot be swept/],
  [[{ path: 'name', values: ['a', 'b'] }], /name cannot be swept/],
])('refuses %j', (list: Axis[], sentence) => {
  expect(() => gridOf(list)).toThrow(sentence);
});

test('how many unlabelled images there are may vary: all members are judged on the same', () => {
  expect(gridOf([{ path: 'dataset.unlabelled', values: [1000, 10_000] }])).toHaveLength(2);
});
