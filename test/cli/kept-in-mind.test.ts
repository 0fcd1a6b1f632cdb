import { keptInMind, showKeptInMind } from '../../cli/kept-in-mind';
import { answerOf } from '../../report/answer';
import { renderReport } from '../../report/render';
import type { ObjectStore } from '../../storage/object-store';
import { fullResults, sampleResults } from '../report/sample-results';

/** Storage with one object, whatever it is asked for. */
const holding = (text: string | null) =>
  ({
    getIfPresent: () => Promise.resolve(text === null ? null : { body: Buffer.from(text) }),
  }) as unknown as ObjectStore;
const lines = (findings: string[]) => {
  const shown: string[] = [];
  showKeptInMind(findings, { json: false, line: (text = '') => shown.push(text), answer: () => {} });
  return shown;
};

test('the terminal has the words of the page, and no more than three of them', async () => {
  const { json, markdown } = renderReport(fullResults());
  const found = await keptInMind(holding(json), 'x');
  expect(found.length).toBeGreaterThan(3);
  const [, section = ''] = /Keep in mind:\n\n((?:- .*\n)+)/.exec(markdown.replaceAll('\\', '')) ?? [];
  expect(found).toEqual(
    section
      .trim()
      .split('\n')
      .map((line) => line.slice(2)),
  );
  expect(lines(found)).toEqual([
    '\nKeep in mind:',
    ...found.slice(0, 3).map((text) => `  ${text}`),
    `  ${found.length - 3} more in the report.`,
  ]);
  expect(lines(found.slice(0, 1))).toEqual(['\nKeep in mind:', `  ${found[0]}`]);
  expect(lines([])).toEqual([]);
});

test('what the headline says already is not said twice', async () => {
  const results = sampleResults();
  results.pretraining[1]?.epochs.forEach((epoch) => (epoch.spread = 0.02));
  const { headline, findings } = answerOf(results);
  expect(headline).toContain('the encoder collapsed');
  const found = await keptInMind(holding(renderReport(results).json), 'x');
  expect(found).toEqual(findings.slice(1).map(({ text }) => text));
});

test.each([null, '{"format', '{"keepInMind":1}'])(
  'a report that is not there, or no report, says nothing: %s',
  async (text) => {
    expect(await keptInMind(holding(text), 'x')).toEqual([]);
  },
);
