import { changes, leaves } from '../../../cli/live/screen';
import { sparkline } from '../../../cli/live/sparkline';
import { cut, flow, lineWidth, span, widthOf, wrap } from '../../../cli/live/spans';

const text = (line: { text: string }[]) => line.map((each) => each.text).join('');

test('wide characters count two columns, marks none, and nothing is cut in half', () => {
  expect([widthOf('abc'), widthOf('日本'), widthOf('e\u0301'), widthOf('🙂')]).toEqual([3, 4, 1, 2]);
  expect(text(cut([span('日本語のデータ')], 6))).toBe('日本…');
  expect(lineWidth(cut([span('日本語のデータ')], 6))).toBe(5);
  expect(text(cut([span('short', 'bad'), span(' enough')], 12))).toBe('short enough');
});

test('parts flow on as many lines as they need', () => {
  const parts = ['one', 'two', 'three'].map((each) => [span(each)]);
  expect(flow([span('head')], parts, 80, 4).map(text)).toEqual(['head  one · two · three']);
  expect(flow([span('head')], parts, 16, 2).map(text)).toEqual(['head  one · two', '  three']);
});

test('a sentence is wrapped between its words', () => {
  expect(wrap('! the bucket does not answer', 'warn', 14, 2).map(text)).toEqual([
    '! the bucket',
    '  does not',
    '  answer',
  ]);
});

test('a sparkline shows the course, the newest at the right, thinned where it is long', () => {
  expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7], 16)).toBe('▁▂▃▄▅▆▇█');
  expect(sparkline([7, 0], 16)).toBe('█▁');
  expect(sparkline([2, 2, 2], 16)).toBe('▁▁▁');
  expect(sparkline([1], 16)).toBe('');
  expect(sparkline([NaN, 1, 3], 16)).toBe('▁█');
  expect(
    sparkline(
      Array.from({ length: 1000 }, (_, at) => at),
      8,
    ),
  ).toBe('▁▂▃▄▅▆▇█');
});

test('only lines that differ are written', () => {
  expect(changes(['a', 'b', 'c'], ['a', 'x'])).toBe(
    '\u001b[?2026h\u001b[2;1Hx\u001b[K\u001b[3;1H\u001b[K\u001b[?2026l',
  );
  expect(changes(['a'], ['a'])).toBe('');
});

test('q, Ctrl-C and Escape leave, pressed twice at once too; arrows and other keys do not', () => {
  for (const keys of ['q', 'Q', '\u0003', '\u0003\u0003', '\u001b', '\u001b\u001b', 'qq', '\u001b[Aq', '\u001b\u0003'])
    expect([keys, leaves(keys)]).toEqual([keys, true]);
  for (const keys of ['', 'x', '\u001b[A', '\u001bOA', '\u001b[1;5C', '\u001bq', '\u001b[A\u001b[B'])
    expect([keys, leaves(keys)]).toEqual([keys, false]);
});
