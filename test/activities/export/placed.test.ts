import { pytorchLoader } from '../../../activities/export/pytorch-loader';
import { decodeImage } from '../../../datasets/images/decode';
import { readFixture } from '../../reference/read-fixture';

/** load.py's `placed` as Pillow computed it, by test/reference/placed.py. */
const made = readFixture('placed.json') as {
  text: string;
  pictures: Record<string, string>;
  cases: { picture: string; size: number; fit: 'crop' | 'stretch' | 'pad'; pixels: string }[];
};

test('the fixture is of the function that load.py has now; else run test/reference/placed.py', () => {
  expect(pytorchLoader).toContain(made.text);
});

test.each(made.cases)('$picture as $fit to $size: PyTorch sees what the training saw', async (each) => {
  const { picture, size, fit, pixels } = each;
  const file = Buffer.from(made.pictures[picture] as string, 'base64');
  const ours = await decodeImage(file, { size, channels: 3, fit });
  const theirs = Buffer.from(pixels, 'base64');
  expect(theirs).toHaveLength(ours.length);
  const differences = ours.map((value, at) => Math.abs(value - (theirs[at] as number)));
  expect(differences.reduce((sum, one) => sum + one, 0) / differences.length).toBeLessThan(1);
  expect(Math.max(...differences)).toBeLessThanOrEqual(8);
});
