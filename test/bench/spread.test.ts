import { figure, ratioOf, shown, spreadOf } from '../../bench/spread';

test('the median of an odd and of an even number of rounds, and the range', () => {
  expect(spreadOf([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 });
  expect(spreadOf([4, 10, 1, 2])).toEqual({ median: 3, min: 1, max: 10 });
  expect(() => spreadOf([])).toThrow(RangeError);
});

test('a ratio is taken round by round and says how many times better ours is, whatever is better', () => {
  // The medians alone would say 20 / 10 = 2.
  expect(ratioOf([20, 30, 10], [10, 30, 4], 'more')).toEqual({ median: 2, min: 1, max: 2.5 });
  expect(ratioOf([20, 30, 10], [10, 10, 10], 'more')).toEqual({ median: 2, min: 1, max: 3 });
  expect(ratioOf([2, 4], [8, 8], 'less')).toEqual({ median: 3, min: 2, max: 4 });
  expect(() => ratioOf([1, 2], [1], 'more')).toThrow(RangeError);
});

test('figures have three digits or the whole number', () => {
  expect([figure(1234.5), figure(36.62), figure(1.234), figure(0.05)]).toEqual(['1,235', '36.6', '1.23', '0.05']);
  expect(shown({ median: 38.16, min: 38.05, max: 1038.2 })).toBe('38.2 (38.1-1,038)');
});
