import { parseDuration, shownDuration } from '../../cli/duration';

test.each([
  ['90s', 90],
  ['20m', 1200],
  ['1h30m', 5400],
  ['1h 30m', 5400],
  ['0.5h', 1800],
  ['2D', 172_800],
])('%s', (text, seconds) => {
  expect(parseDuration(text)).toBe(seconds);
});

test.each(['', '20', 'soon', '20x', '0m', '-5m', '20m!', 'm'])('"%s" is refused', (text) => {
  expect(() => parseDuration(text)).toThrow(/is no length of time/);
});

test.each([
  [0.2, '1 second'],
  [40, '40 seconds'],
  [840, '14 minutes'],
  [3.5 * 3600, '3.5 hours'],
  [3 * 86_400, '3.0 days'],
])('%d seconds are "%s"', (seconds, text) => {
  expect(shownDuration(seconds)).toBe(text);
});
