import { renderReport } from '../../report/render';
import { fullResults, greyPixel, sampleResults } from './sample-results';

const { html, markdown } = renderReport(fullResults());

test.each([
  ['three arms with their means', /<th[^>]*>linear probe<\/th>/],
  ['the probe at 50 labels', '90.8% ± 0.8'],
  ['the interval over test images', '+14.2 to +16.1'],
  ['the sign-flip p with its best value', '0.250 (at best 0.250)'],
  ['macro F1 and calibration', /<th[^>]*>macro F1<\/th>.*?<th[^>]*>calibration error<\/th>/s],
  ['the confusion of the fine-tuned arm', 'Confusion, fine-tuned, 100 labels, all seeds'],
  ['a shade of the confusion', /style="background: color-mix\(in srgb, var\(--fine-tuned\) 5\d%/],
  ['images found, used, skipped', '60 files were found, 55 images used, 5 skipped'],
  ['which were skipped', 'ash/1.jpg, ash/2.jpg'],
  ['leakage', 'test images whose picture is in train too'],
  ['a remark', 'The folder &quot;fir&quot; is empty'],
  ['kNN', '<figure id="pretraining-knnAccuracy">'],
  ['the map', /<figure id="feature-map">.*?<image [^>]*href="data:image\/png/s],
  ['neighbours', 'Nearest to a test image of the class 7:'],
])('the page tells %s', (_what, part) => {
  if (typeof part === 'string') expect(html).toContain(part);
  else expect(html).toMatch(part);
});

test('Markdown has the same tables', () => {
  expect(markdown).toContain('## How sure is the gain?');
  expect(markdown).toContain('| 50 | fine-tuned | +15.2 |');
  expect(markdown).toContain('## The images');
  expect(markdown).toContain('ash/1.jpg, ash/2.jpg');
});

test('what an experiment does not have is left out', () => {
  const plain = renderReport(sampleResults()).html;
  for (const part of ['The images</h2>', 'class="number">linear probe', 'feature-map', 'Nearest to'])
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
      overlaps: [{ what: evil, count: 1, example: evil }],
    },
    comparisons: results.comparisons.map((each) => ({
      ...each,
      test: { ...each.test, perClass: each.test.perClass.map((one) => ({ ...one, name: evil })) },
    })),
  });
  expect(hostile.html).not.toContain('<script');
  expect(hostile.markdown).not.toContain('<script');
});
