import { experimentResults, type ExperimentResults } from '../../report/results';
import { renderReport } from '../../report/render';
import { greyPixel, sampleResults } from './sample-results';

const count = (text: string, part: string | RegExp): number => text.split(part).length - 1;
/** What a page says, without its tags. */
const textOf = (html: string): string => html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
const evil = `"><script>alert('x')</script>&amp;<img src=x onerror=y>|[a](javascript:b)\`\`\``;

/** Every string that comes from outside, hostile. */
function hostile(): ExperimentResults {
  const results = sampleResults();
  return {
    ...results,
    experiment: evil,
    question: evil,
    spec: { ...results.spec, description: evil, dataset: { ...results.spec.dataset, source: evil } },
    dataset: { ...results.dataset, kind: evil, classes: [evil, evil], counts: { [evil]: 3 } },
    weights: { digest: evil, source: evil, file: evil, remarks: [evil] },
    pretraining: results.pretraining.map((each) => ({ ...each, checkpoint: evil })),
    provenance: {
      ...results.provenance,
      version: evil,
      commit: evil,
      node: evil,
      tensorflow: evil,
      device: evil,
      cpu: evil,
      workers: [evil],
      secondsByStage: { [evil]: 1 },
      digests: { dataset: evil, spec: evil },
      command: evil,
    },
  };
}

describe('the page', () => {
  const { html } = renderReport(sampleResults());

  test('fetches nothing, runs nothing, and forbids both', () => {
    expect(html.match(/<(?:script|link|iframe|object|embed|base|form)\b/i)).toBeNull();
    expect(html.match(/\son\w+=/i)).toBeNull();
    expect(html.match(/@import|url\(/i)).toBeNull();
    const sources = [...html.matchAll(/\b(?:src|href)="([^"]*)"/g)].map(([, source]) => source);
    expect(sources.length).toBeGreaterThan(0);
    expect(sources.every((source) => source === greyPixel)).toBe(true);
    expect(html).toContain(`http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:;`);
  });

  test('starts with question, answer and picture, before anything else', () => {
    const order = [
      'Does BYOL pretraining on 10,000 unlabelled images of MNIST beat supervised training alone?</h1>',
      'With 50 labels, BYOL pretraining does better than supervised training with 100:',
      '<figure id="accuracy">',
      'The comparison on the test split</h2>',
    ].map((part) => html.indexOf(part));
    expect(order).not.toContain(-1);
    expect([...order].sort((a, b) => a - b)).toEqual(order);
  });

  test.each([
    ['seed 11 with 50 labels', /78\.5%<\/td>.*?92\.7%<\/td>.*?\+14\.2<\/td>/s],
    ['the mean gain with 100 labels and its interval', /\+3\.3<\/td>.*?\+0\.6 to \+6\.1<\/td>/s],
    ['the chosen rate of the search', '\u2713 77.3%'],
    ['how it was chosen', 'The validation split (5,000 images) chose among them'],
    ['the one look', 'The test split (10,000 images) chose nothing: it was looked at once'],
    ['the settings', 'backbone: resnet-mini'],
    ['the command', 'byol start mnist-quickstart</pre>'],
    ['the dataset digest', 'd'.repeat(64)],
    ['the time of a stage', '2 min 01 s'],
    ['a word explained', '<dt>fine-tuned</dt>'],
  ])('tells %s', (_what, part) => {
    if (typeof part === 'string') expect(html).toContain(part);
    else expect(html).toMatch(part);
  });

  test('every figure is described, every image has a text, every id stands once', () => {
    const figures = html.match(/<figure id="[^"]+"/g) ?? [];
    expect(figures).toHaveLength(13);
    expect(new Set(figures).size).toBe(figures.length);
    expect(html.match(/<div role="img" aria-label="[^"]{40,}"><svg /g)).toHaveLength(figures.length);
    expect(html).toContain(
      'Accuracy on the test split: large marks are means, small marks single seeds; dotted: what is compared across labels. Test accuracy by number of labels. 50 labels: BYOL, fine-tuned 92.5%, supervised 77.3%; 100 labels:',
    );
    expect(count(html, '<img ')).toBe(4 * 5);
    expect(count(html, /<img src="[^"]+" alt="[^"]+">/)).toBe(4 * 5);
  });

  test('draws in the colours of the page alone, so that dark and print are legible', () => {
    const colours = [...html.matchAll(/<svg .*?<\/svg>/gs)].flatMap(([svg]) =>
      [...svg.matchAll(/ (?:fill|stroke)="([^"]*)"/g)].map(([, colour]) => colour ?? ''),
    );
    expect(colours.length).toBeGreaterThan(100);
    expect([...new Set(colours.filter((colour) => !/^(?:none|transparent|var\(--[a-z-]+\))$/.test(colour)))]).toEqual(
      [],
    );
  });

  test('is the same, byte for byte, when made again', () => {
    expect(renderReport(sampleResults()).html === html).toBe(true);
  });
});

test('hostile names are shown and not obeyed', () => {
  const { html, markdown, json } = renderReport(hostile());
  expect(html.match(/<script/i)).toBeNull();
  expect(html).not.toContain('<img src=x');
  expect(html).not.toContain(evil);
  expect(count(html, '&lt;script&gt;')).toBeGreaterThan(15);
  const outsideCode = markdown.replace(/^(`{3,})\n[\s\S]*?\n\1$/gm, '');
  expect(outsideCode).not.toMatch(/<script|<img|[^\\]\]\(javascript/i);
  expect(outsideCode).not.toContain('byol start');
  expect(count(markdown, /^````$/gm)).toBeGreaterThanOrEqual(2);
  expect((JSON.parse(json) as { question: string }).question).toBe(evil);
});

test('given weights are named wherever the baseline is', () => {
  const weights = { digest: 'f'.repeat(64), source: '/in/r18.pth', file: '9'.repeat(64), remarks: ['fc was left out'] };
  const { html, markdown, headline } = renderReport({ ...sampleResults(), weights });
  expect(headline).toMatch(
    /Supervised means supervised from given weights \(\/in\/r18\.pth\), from which pretraining started too\.$/,
  );
  for (const text of [html, markdown]) {
    expect(text).toContain('supervised from given weights');
    expect(text).toContain('supervised trains the whole network from given weights (');
    expect(text).toContain('fc was left out');
    expect(text).toContain('f'.repeat(64));
    expect(text).not.toContain('random weights');
  }
  const without = renderReport(sampleResults()).html;
  expect(without).toContain('supervised trains the whole network from fresh random weights');
  expect(without).not.toContain('given weights');
});

test('an image that is not a PNG data URI is refused at the edge', () => {
  const results = sampleResults();
  const withSample = (original: string) =>
    experimentResults.safeParse({ ...results, samples: [{ original, views: [] }] });
  expect(withSample(greyPixel).success).toBe(true);
  for (const bad of ['https://example.org/a.png', 'data:image/svg+xml;base64,AAAA', `${greyPixel}" onerror="x`])
    expect(withSample(bad).success).toBe(false);
});

test('a collapsed encoder is said first, and no picture or verdict of a comparison is shown', () => {
  const { html, markdown, headline } = renderReport(sampleResults(undefined, 0.03));
  expect(headline).toMatch(/^No valid answer: the encoder collapsed/);
  expect(html.indexOf('class="alarm"')).toBeLessThan(html.indexOf('<figure'));
  expect(html).toContain('Figures, not to be read as a comparison</h2>');
  expect(html).not.toContain('<figure id="accuracy">');
  expect(html).not.toContain('<figure id="gain">');
  expect(html.match(/>helped</)).toBeNull();
  expect(html).not.toContain('raises accuracy');
  expect(count(html, '<figure id="pretraining-spread">')).toBe(1);
  expect(markdown).toContain('## Figures, not to be read as a comparison');
  expect(markdown).not.toContain('raises accuracy');
});

test('JSON holds what the sentence was made of, and every measurement; pictures stay out', () => {
  const { json, headline } = renderReport(sampleResults());
  const document = JSON.parse(json) as Record<string, unknown>;
  expect(document).toMatchObject({
    format: 'durable-byol-report/1',
    headline,
    valid: true,
    efficiency: { few: 50, many: 100, verdict: 'better', difference: { seeds: { length: 3 } } },
    across: [{ few: 50, many: 100 }],
    budgets: [{ labels: 50, verdict: 'helped' }, { labels: 100 }],
    results: { comparisons: { length: 12 } },
  });
  expect(json).not.toContain('data:image');
  const { results } = document as { results: object };
  expect(experimentResults.safeParse({ ...results, samples: [] }).success).toBe(true);
});

test('the terminal and Markdown get the same figures', () => {
  const { table, markdown } = renderReport(sampleResults());
  expect(table).toHaveLength(2);
  expect(table[1]).toMatchObject({
    labels: '100',
    fineTuned: '94.6% ± 0.6',
    gain: '+3.3',
    interval: '+0.6 to +6.1',
  });
  expect(markdown).toContain('| 100 | 91.3% ± 0.7 | 94.6% ± 0.6 | +3.3 | +0.6 to +6.1 | helped |');
  expect(markdown).toContain('| 11 | 78.5% | 92.7% | +14.2 |');
});

test('nothing finished yet, one epoch, no samples: a page all the same', () => {
  const results = sampleResults();
  const bare = { ...results, comparisons: [], samples: [], pretraining: [] };
  expect(textOf(renderReport(bare).html)).toContain('No answer yet: no comparison was finished.');
  const short = results.pretraining.map((each) => ({ ...each, epochs: each.epochs.slice(0, 1) }));
  expect(renderReport({ ...results, pretraining: short }).html).toContain('<figure id="pretraining-loss">');
});

test('the saying across label budgets is the same everywhere, with its interval', () => {
  const { html, markdown, json, headline } = renderReport(sampleResults());
  const saying =
    'does better than supervised training with 100: 92.5% against 91.3%, +1.2 points (95% interval +0.7 to +1.8';
  for (const form of [textOf(html), markdown, json, headline]) expect(form).toContain(saying);
  expect(markdown).toContain('| 50 | 100 | +1.2 | +0.7 to +1.8 | not known | better |');
  expect(html).toMatch(/\+0\.7 to \+1\.8<\/td><td[^>]*>not known<\/td><td[^>]*>better<\/td>/);
});

test('the labels that chose the settings stand on the first screen, in the terminal and in Markdown', () => {
  const { html, markdown, headline } = renderReport(sampleResults());
  const choice = 'Settings were chosen on 5,000 further labels, the validation split.';
  expect(headline).toContain(choice);
  expect(markdown.slice(0, markdown.indexOf('## '))).toContain(choice);
  expect(html.slice(0, html.indexOf('<h2>'))).toContain(choice);
});
