import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { surveySchema } from '../../datasets/images/survey';
import { put, writeSeed } from '../datasets/images/seed';
import { byol, emptyHome } from './byol';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'byol-data-'));
  await writeSeed(join(folder, 'seed'));
  await put(join(folder, 'seed'), 'oak/9.jpg', '404 not found');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

// No server runs and no settings are there: looking needs neither.
const data = (...args: string[]) => byol(['data', ...args], emptyHome());

test('byol data says what is found, used and skipped, and changes nothing', async () => {
  const { code, stdout, stderr } = await data(join(folder, 'seed'));
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(
    /^found 43 files, used 42, skipped 1 \(as with dataset.size=96: 96 x 96 pixels, 3 channels, crop\)$/m,
  );
  expect(stdout).toMatch(/^ {4}oak\/9\.jpg: its content is no image/m);
  expect(stdout).toMatch(/^ {2}oak +4 +2 +1$/m);
  expect(stdout).toMatch(/^unlabelled: 24 images$/m);
  expect(stdout).toMatch(/^duplicates: none$/m);
});

test('byol data --json is the survey', async () => {
  const { code, stdout } = await data(join(folder, 'seed'), '--json', '--size', '32');
  expect(code).toBe(0);
  expect(surveySchema.parse(JSON.parse(stdout))).toMatchObject({ found: 43, used: 42, layout: { size: 32 } });
});

test('what no experiment can be made of ends with 2', async () => {
  const unlabelled = await data(join(folder, 'seed', 'unlabelled'));
  expect(unlabelled).toMatchObject({ code: 2, stderr: '' });
  expect(unlabelled.stdout).toMatch(/No experiment can be made of this: There are 24 images without labels/);
  expect(await data(join(folder, 'nowhere'))).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(/not there/) as string,
  });
  expect(await data(folder, '--size', '4')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/8 to 1024/) as string,
  });
});
