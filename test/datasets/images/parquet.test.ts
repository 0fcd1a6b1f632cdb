import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { ParquetMessage, ParquetWork } from '../../../datasets/images/parquet-reader';
import { brief, sourceBench } from './source-bench';

const bench = sourceBench();
const { file, list } = bench;
const parquet = join(__dirname, '../../../../test/reference/fixtures/parquet');

test("in Hugging Face's layout: splits by the files' names, class names by the description", async () => {
  const found = await list(join(parquet, 'named'));
  expect(found.files).toHaveLength(16);
  expect(brief(found).slice(0, 5)).toEqual([
    'data/test-00000-of-00001.parquet/0000000 test ash',
    'data/test-00000-of-00001.parquet/0000001 test elm',
    'data/test-00000-of-00001.parquet/0000002 test дуб',
    'data/test-00000-of-00001.parquet/0000003 test -',
    'data/train-00000-of-00002.parquet/0000000 train ash',
  ]);
  expect((await readFile(found.files[0]?.file as string)).subarray(1, 4).toString()).toBe('PNG');
});

test('one file with bytes and words; labels are the words', async () => {
  expect(brief(await list(join(parquet, 'words.parquet')))).toEqual([
    'words.parquet/0000000 - ash',
    'words.parquet/0000001 - elm',
    'words.parquet/0000002 - дуб',
    'words.parquet/0000003 - ash',
  ]);
});

test('without images, or cut short, is refused by name', async () => {
  await expect(list(join(parquet, 'no-images.parquet'))).rejects.toThrow('no column holds image bytes');
  const whole = await readFile(join(parquet, 'words.parquet'));
  await expect(list(await file('cut.parquet', whole.subarray(0, -30)))).rejects.toThrow(/cut\.parquet" cannot be used/);
});

test('numbers without names are names: as pandas writes them, with gaps and where one is missing', async () => {
  expect(brief(await list(join(parquet, 'pandas.parquet')))).toEqual([
    'pandas.parquet/0000000 - 1',
    'pandas.parquet/0000001 - 4',
    'pandas.parquet/0000002 - 9',
    'pandas.parquet/0000003 unlabelled -',
  ]);
});

test('without a column of labels it says which columns there are', async () => {
  const found = await list(join(parquet, 'species.parquet'));
  expect(found.files.map(({ split }) => split)).toEqual(new Array(4).fill('unlabelled'));
  expect(found.remarks).toEqual([
    expect.stringMatching(/^species\.parquet has no column of labels .* but species: its images/) as unknown,
  ]);
});

test.each([
  ['several-labels.parquet', /row 0 of its column label is \[0,1\], and an image has one class/],
  ['fractions.parquet', /row 1 of its column label is 0\.5/],
  ['beyond.parquet', /row 3 of its column label is class 3, and its description names 3 classes/],
])('%s is refused by the row', async (name, why) => {
  const refused = list(join(parquet, name));
  await expect(refused).rejects.toThrow(why);
  await expect(refused).rejects.toMatchObject({ name: 'DatasetError', retryable: false });
});

test('a small file that unpacks to much is refused before all of it is written', async () => {
  const say = async (mostBytes: number) => {
    const to = join(bench.scratch(), String(mostBytes));
    await mkdir(to);
    const workerData: ParquetWork = { root: parquet, paths: ['bomb.parquet'], to, mostBytes };
    const reader = new Worker(require.resolve('../../../datasets/images/parquet-reader'), { workerData });
    return new Promise<ParquetMessage[]>((resolve, reject) => {
      const said: ParquetMessage[] = [];
      reader.on('message', (message: ParquetMessage) => said.push(message));
      reader.once('error', reject).once('exit', () => resolve(said));
    });
  };
  expect((await say(10_000_000)).at(-1)).toEqual({ type: 'done' });
  expect((await say(100_000)).at(-1)).toMatchObject({
    type: 'wrong',
    why: expect.stringMatching(/more than 100000 bytes/) as unknown,
  });
});

test('a Parquet file is one by its bytes, whatever its name', async () => {
  expect(brief(await list(await file('table.data', await readFile(join(parquet, 'words.parquet')))))[0]).toBe(
    'table.data/0000000 - ash',
  );
});
