import { z } from 'zod';
import { computed } from '../../report/report-error';

test.each<[string, () => unknown, RegExp]>([
  ['a fault', () => (null as unknown as { mean: number }).mean, /"flowers" cannot .*\(Cannot read properties of null/],
  [
    'what does not fit',
    () => z.object({ seed: z.int() }).parse({ seed: 'x' }),
    / expected number.* at seed\)\. The same results/,
  ],
])('%s comes again with the same results: for good, in one paragraph', (_, compute, message) => {
  const made = () => computed('flowers', compute);
  expect(made).toThrow(expect.objectContaining({ name: 'ReportError', retryable: false }) as Error);
  expect(made).toThrow(message);
  expect(made).not.toThrow(/\n/);
});

test('what is computed is given back', () => {
  expect(computed('flowers', () => 7)).toBe(7);
});
