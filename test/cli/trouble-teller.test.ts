import { troubleTeller } from '../../cli/progress-display';
import type { Snapshot } from '../../cli/snapshot';

/** What is told at each second of what is tried again then; the number of the attempt is the second. */
function toldOf(failureAt: (second: number) => string | undefined, seconds: number): Record<number, string[]> {
  const told: Record<number, string[]> = {};
  let now = 0;
  const tell = troubleTeller((line) => (told[now] = [...(told[now] ?? []), line]));
  for (now = 0; now <= seconds; now++) {
    const failure = failureAt(now);
    const pending: Snapshot['pending'] = new Map(
      failure === undefined ? [] : [['x/fetch', [{ type: 'fetchDataset', attempt: now + 2, pulse: {}, failure }]]],
    );
    tell({ status: 'RUNNING', view: null, pending }, 1000 * now);
  }
  return told;
}

test('a trouble that lasts is told at once and then every minute, with how long it has lasted', () => {
  expect(toldOf(() => 'no such host', 125)).toEqual({
    0: ['fetchDataset is tried again (attempt 2): no such host'],
    60: ['fetchDataset is tried again (attempt 62): no such host (for 1:00 now)'],
    120: ['fetchDataset is tried again (attempt 122): no such host (for 2:00 now)'],
  });
});

test('another trouble is told at once, and one that comes back begins anew', () => {
  const told = toldOf((second) => (second < 50 ? 'no such host' : second < 60 ? undefined : 'no such host'), 119);
  expect(Object.keys(told)).toEqual(['0', '60']);
  expect(told[60]).toEqual(['fetchDataset is tried again (attempt 62): no such host']);
  expect(Object.keys(toldOf((second) => (second < 5 ? 'no such host' : 'it refuses'), 20))).toEqual(['0', '5']);
});
