import { renderReport } from '../../report/render';
import { fullResults, greyPixel, probeOnly, sampleResults } from './sample-results';

const { html, markdown } = renderReport(fullResults());

test.each([
  ['three arms with their means', /<th[^>]*>linear probe<\/th>/],
  ['the probe at 50 labels', '90.8% ± 0.8'],
  ['the interval over test images', '+14.2 to +16.1'],
  ['the sign-flip p with the smallest that so many seeds give', '0.250 (3 seeds give no less)'],
  ['the interval over seeds and test images', '+13.9 to +16.8'],
  [
    'what a label is worth',
    /<h2>What a label is worth<\/h2>.*?<figure id="label-worth">.*?about 180<\/td>.*?about 170 to 220<\/td>/s,
  ],
  ['recall, precision and F1 of a class', />96\.3 \/ 96\.3 \/ 96\.3<\/td>/],
  ['hours of devices in all', /device hours<\/th>.*?in all<\/th>.*?0\.05<\/td>/s],
  [
    'how many trainings shared the cores',
    'added up over the devices: 2 trainings at once shared the machine&#39;s 2 cores',
  ],
  ['the time of the clock', /by the clock, from the start to this report<\/th>\s*<td[^>]*>4 min 39 s<\/td>/],
  ['what would settle it', /11 more seeds<\/td>/],
  ['macro F1 and calibration', /<th[^>]*>macro F1<\/th>.*?<th[^>]*>calibration error<\/th>/s],
  ['the confusion of the fine-tuned arm', 'Confusion, fine-tuned, 1,000 labels, all seeds'],
  ['a shade of the confusion', /style="background: color-mix\(in srgb, var\(--fine-tuned\) 4\d%/],
  ['images found, used, skipped', '60 files were found, 55 images used, 5 skipped'],
  ['which were skipped', 'ash/1.jpg, ash/2.jpg'],
  ['leakage', 'test images whose picture is in train too'],
  ['a remark', 'The folder &quot;fir&quot; is empty'],
  ['kNN', '<figure id="pretraining-knnAccuracy">'],
  ['the classes of the map', /<figure id="feature-map">.*?<text [^>]*>9<\/text><\/svg>/s],
  ['the threads of either kind of program', /threads<\/t[hd]>\s*<td[^>]*>1, 2 in pretraining<\/td>/],
  ['the precision', /precision<\/t[hd]>\s*<td[^>]*>fp32<\/td>/],
  ['the map', /<figure id="feature-map">.*?<image [^>]*href="data:image\/png/s],
  ['neighbours', /A test image of the class 7 \(framed\).*?; 1 of 2 are of its class/],
])('the page tells %s', (_what, part) => {
  if (typeof part === 'string') expect(html).toContain(part);
  else expect(html).toMatch(part);
});

test('Markdown has the same tables', () => {
  expect(markdown).toContain('## How sure is the gain?');
  expect(markdown).toContain('| 50 | fine-tuned | +15.2 |');
  expect(markdown).toContain('| 50 | 77.3% ± 1.2 | 90.8% ± 0.8 | 92.5% ± 0.6 | +15.2 | +11.8 to +18.7 | helped |');
  expect(markdown).toContain('## What a label is worth');
  expect(markdown).toContain('## The images');
  expect(markdown).toContain('ash/1.jpg, ash/2.jpg');
});

test('page and Markdown are made of one list of sections: the same titles in the same order, but for what is only drawn', () => {
  const onPage = [...html.matchAll(/<h2>(.*?)<\/h2>/g)].map(([, title]) => title);
  const inMarkdown = [...markdown.matchAll(/^## (.*)$/gm)].map(([, title]) => title);
  const drawn = [
    'What the encoder learned',
    'Learning curves of the chosen classifiers',
    'What the network saw: augmented views of real samples',
  ];
  expect(onPage).toHaveLength(14);
  expect(inMarkdown).toEqual(onPage.filter((title) => !drawn.includes(title ?? '')));
});

test('one measurement on the validation split is no curve', () => {
  const results = sampleResults();
  results.comparisons.forEach(({ search }) =>
    search.forEach(({ curve }) => curve.slice(0, -1).forEach((epoch) => delete epoch.validationAccuracy)),
  );
  const once = renderReport(results).html;
  expect(once).not.toContain('Classifier: accuracy on the validation split');
  expect(once).toContain('Classifier: training loss');
  expect(html).toContain('Classifier: accuracy on the validation split');
});

test('the answer is set large, its figures beside it', () => {
  expect(html).toMatch(
    /<p class="headline">With 50 labels, BYOL pretraining does better than supervised training with 100: <span class="in-figures">92\.5% against/,
  );
});

test('what an experiment does not have is left out', () => {
  const plain = renderReport(sampleResults()).html;
  for (const part of ['The images</h2>', 'class="number">linear probe', 'feature-map', '(framed)'])
    expect(plain).not.toContain(part);
});

test('names from outside are escaped in every new place', () => {
  const results = fullResults();
  const evil = '<script>x</script>';
  const hostile = renderReport({
    ...results,
    dataset: { ...results.dataset, classes: results.dataset.classes.map(() => evil) },
    neighbours: [{ query: { source: greyPixel, label: evil }, nearest: [] }],
    images: {
      ...results.images!,
      remarks: [evil],
      classes: [{ name: evil, train: 1, validation: 1, test: 1, skipped: 1 }],
      skipped: [{ reason: evil, count: 1, files: [evil] }],
      overlaps: [{ what: evil, count: 1, example: evil, flatters: true }],
    },
    comparisons: results.comparisons.map((each) => ({
      ...each,
      test: { ...each.test, perClass: each.test.perClass.map((one) => ({ ...one, name: evil })) },
    })),
  });
  expect(hostile.html).not.toContain('<script');
  expect(hostile.markdown).not.toContain('<script');
});

test('JSON has what a label is worth, and no pictures', () => {
  const { json } = renderReport(fullResults());
  expect(JSON.parse(json)).toMatchObject({
    equivalences: [{ labels: 50, bySeed: { length: 3 } }, { labels: 100 }, { labels: 1000 }],
  });
  expect(json).not.toContain('data:image');
});

test('p has the smallest beside it that so many seeds can give, and the notes say what settles', () => {
  const some = sampleResults({ 50: { supervised: [0.8, 0.82, 0.81], 'fine-tuned': [0.83, 0.806, 0.83] } });
  expect(renderReport(some).markdown).toContain('| 0.500 (3 seeds give 0.250 at least) |');
  const one = sampleResults({ 50: { supervised: [0.8], 'fine-tuned': [0.83] } });
  expect(renderReport(one).markdown).toContain('| 1.000 (1 seed gives no less) |');
  expect(markdown).toContain('"settled" goes by the intervals');
});

test('an experiment without fine-tuning is told by its linear probe throughout', () => {
  const probe = renderReport(probeOnly());
  expect(probe.html).toContain('Gain in points, linear-probe minus supervised');
  expect(probe.html).toMatch(/linear-probe reaches<\/th>/);
  expect(probe.html).not.toContain('no seed has a result for both arms');
  expect(probe.html).not.toContain('fine-tuned over supervised');
});

test('a training that went on in another worker is counted, and a steady one is said to be so', () => {
  const results = sampleResults();
  const moved = results.pretraining.map(({ epochs, ...each }, at) => ({
    ...each,
    epochs: epochs.map((epoch) => (at === 0 && epoch.epoch > 3 ? { ...epoch, worker: 'gpu-2' } : epoch)),
  }));
  expect(renderReport({ ...results, pretraining: moved }).markdown).toContain(
    '| interruptions | 1 time a training went on',
  );
  expect(renderReport(results).markdown).toContain('none seen: every training stayed with one worker');
});
