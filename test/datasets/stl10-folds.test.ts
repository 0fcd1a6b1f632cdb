import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readFolds, readLabels } from '../../datasets/read';
import { drawSplits } from '../../datasets/splits';
import { startImportingBench, committed, type ImportingBench } from './importing-bench';
import { archiveOf, checksOf, entriesOf, smallStl10, writeFolder } from './small-stl10';

jest.setTimeout(120_000);

let bench: ImportingBench;
beforeAll(async () => {
  bench = await startImportingBench();
});
afterAll(() => bench.stop());
beforeEach(() => bench.begin());

const files = smallStl10({ train: 40, test: 10, unlabeled: 10 });
/** Fold f: places f, f + 1, ... f + 9, so one image of each class; as the official file, a blank before each line's end. */
const folds = Array.from({ length: 10 }, (_, fold) => Array.from({ length: 10 }, (_, at) => fold + at));
const written = (lines: (readonly number[])[]) => Buffer.from(lines.map((line) => `${line.join(' ')} \n`).join(''));

async function specOf(text: Buffer | null, more: { folds?: boolean } = { folds: true }) {
  const { 'fold_indices.txt': _folds, ...rest } = files;
  const source = join(bench.folder, 'folds.tar.gz');
  await writeFile(source, await archiveOf(entriesOf(text ? { ...rest, 'fold_indices.txt': text } : rest)));
  return { kind: 'stl10', source, files: checksOf(files), ...more, unlabelled: 'all', validation: 8 } as const;
}

test('seed s trains on exactly the images of line s mod 10, and validation is drawn from the others', async () => {
  const spec = await specOf(written(folds));
  const { manifest } = await bench.import(spec);
  const [labels, stored] = [
    await readLabels(bench.store(), manifest, 'train'),
    await readFolds(bench.store(), manifest),
  ];
  expect(stored).toEqual(folds);
  for (const seed of [0, 3, 9, 10, 47]) {
    const fold = folds[seed % 10] as number[];
    const drawn = drawSplits(spec, manifest, labels, seed, stored);
    const { validation } = drawn;
    expect([...drawn.labelled('all')].sort((a, b) => a - b)).toEqual(fold);
    expect(validation).toHaveLength(8);
    expect([...validation].filter((place) => fold.includes(place))).toEqual([]);
    expect(new Set([...drawn.labelled(10)].map((place) => labels[place])).size).toBe(10);
  }
});

test('without folds nothing changes, and an import without them is not taken for one with them', async () => {
  const plain = await bench.import(await specOf(written(folds), {}));
  expect(plain.manifest.splits.train.folds).toBeUndefined();
  expect(await readFolds(bench.store(), plain.manifest)).toBeNull();
  const labels = await readLabels(bench.store(), plain.manifest, 'train');
  const spec = await specOf(written(folds));
  expect(() => drawSplits(spec, plain.manifest, labels, 1, null)).toThrow(/imported without its folds/);
  const withFolds = await bench.import(spec);
  expect(withFolds.fetched).toBe(true);
  expect(withFolds.digest).not.toBe(plain.digest);
});

test('other folds beside the same images are another dataset, in an archive and in a folder', async () => {
  const others = folds.map((fold) => fold.map((place) => place + 1));
  const read = async (source: string) => {
    const { manifest } = await bench.import({ ...(await specOf(written(folds))), source });
    return (await readFolds(bench.store(), manifest))?.[0];
  };
  for (const [at, lines] of [folds, others].entries()) {
    const now = { ...files, 'fold_indices.txt': written(lines) };
    const archive = join(bench.folder, `folds-${at}.tar.gz`);
    await writeFile(archive, await archiveOf(entriesOf(now)));
    expect(await read(archive)).toEqual(lines[0]);
    expect(await read(await writeFolder(join(bench.folder, `folds-${at}`), now))).toEqual(lines[0]);
  }
});

test.each<[string, Buffer | null, RegExp]>([
  ['no file', null, /no fold_indices\.txt/],
  ['nine lines', written(folds.slice(1)), /has 9 lines, and STL10 has 10 folds/],
  [
    'a place beyond the images',
    written([...folds.slice(1), [0, 40]]),
    /line 10 is not a list of different places from 0 to 39/,
  ],
  ['a place twice', written([[1, 1], ...folds.slice(1)]), /line 1 is not a list/],
  ['a word', Buffer.from('one two\n'.repeat(10)), /line 1 is not a list/],
])('folds are refused: %s', async (_name, text, sentence) => {
  await expect(bench.import(await specOf(text))).rejects.toThrow(sentence);
  expect(await committed(bench)).toEqual([]);
});
