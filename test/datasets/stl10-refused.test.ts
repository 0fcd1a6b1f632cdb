import { rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DatasetError } from '../../datasets/errors';
import { startImportingBench, committed, type ImportingBench } from './importing-bench';
import { archiveOf, checksOf, entriesOf, smallStl10, tarOf, writeFolder, type Entry, type Files } from './small-stl10';

jest.setTimeout(120_000);

let bench: ImportingBench;
beforeAll(async () => {
  bench = await startImportingBench();
});
afterAll(() => bench.stop());
beforeEach(() => bench.begin());

const files = smallStl10();
const spec = (source: string, checks = checksOf(files)) =>
  ({ kind: 'stl10', source, files: checks, unlabelled: 'all', validation: 5 }) as const;

/** Imports this archive, which must fail for good, with nothing committed, and leave the way free for a right one. */
async function refusal(archive: Buffer, checks = checksOf(files)): Promise<string> {
  const path = join(bench.folder, 'refused.tar.gz');
  await writeFile(path, archive);
  const failure = await bench.import(spec(path, checks)).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(DatasetError);
  expect((failure as DatasetError).retryable).toBe(false);
  expect(await committed(bench)).toEqual([]);
  return (failure as Error).message;
}

const whole = () => archiveOf(entriesOf(files));
const withEntry = (entry: Entry) => archiveOf([...entriesOf(files), entry]);
const changed = (name: string, change: (bytes: Buffer) => Buffer): Files => {
  const of = { ...files };
  of[name] = change(Buffer.from(of[name] as Buffer));
  return of;
};
const flip = (bytes: Buffer) => {
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 1;
  return bytes;
};

describe('an archive', () => {
  test.each([0.1, 0.5, 0.95])('cut to %d of its length', async (part) => {
    const archive = await whole();
    expect(await refusal(archive.subarray(0, Math.floor(archive.length * part)))).toMatch(
      /refused\.tar\.gz" cannot be read as a \.tar\.gz archive \(.*\): it is cut short or altered.*Fetch it again/s,
    );
    await writeFile(join(bench.folder, 'right.tar.gz'), archive);
    expect((await bench.import(spec(join(bench.folder, 'right.tar.gz')))).fetched).toBe(true);
  });

  test('whose tar within the gzip is cut short', async () => {
    const tar = await tarOf(entriesOf(files));
    expect(await refusal(gzipSync(tar.subarray(0, tar.length >> 1)))).toMatch(/cut short or altered/);
  });

  test('that is empty, or no archive at all', async () => {
    expect(await refusal(Buffer.alloc(0))).toMatch(/cannot be read|lacks/);
    expect(await refusal(Buffer.from('<html>404 not found</html>'))).toMatch(/cannot be read as a \.tar\.gz archive/);
  });

  test('with one bit changed in an image file', async () => {
    expect(await refusal(await archiveOf(entriesOf(changed('unlabeled_X.bin', flip))))).toMatch(
      /unlabeled_X\.bin in ".*" is not the file that was asked for: its md5 should be [0-9a-f]{32} and is [0-9a-f]{32}/,
    );
  });

  test.each([
    ['shorter', (bytes: Buffer) => bytes.subarray(1), 19],
    ['longer', (bytes: Buffer) => Buffer.concat([bytes, bytes]), 40],
  ])('with a label file that is %s', async (_name, change, found) => {
    expect(await refusal(await archiveOf(entriesOf(changed('train_y.bin', change))))).toMatch(
      new RegExp(`train_y\\.bin in .* has ${found} bytes, and 20 were expected.*Fetch it again`, 's'),
    );
  });

  test('with a label that is none', async () => {
    const wrong = changed('test_y.bin', (bytes) => (bytes.writeUInt8(11, 7), bytes));
    expect(await refusal(await archiveOf(entriesOf(wrong)), checksOf(wrong))).toMatch(
      /test_y\.bin .* label number 7 .* is 11, and labels are 1 to 10/s,
    );
  });

  test('that lacks files', async () => {
    const { 'test_y.bin': _labels, 'train_X.bin': _images, ...rest } = files;
    expect(await refusal(await archiveOf(entriesOf(rest)))).toMatch(/lacks train_X\.bin, test_y\.bin\. STL10/);
  });

  test.each([
    ['../evil', '"\\.\\./evil"'],
    ['stl10_binary/../evil', 'evil'],
    ['/etc/passwd', 'etc/passwd'],
    ['stl10_binary/sub/train_y.bin', 'sub/train_y'],
    ['stl10_binary/readme.md', '"readme\\.md", which is no file of STL10'],
  ])('with an entry named %s', async (name, shown) => {
    expect(await refusal(await withEntry([{ name }, Buffer.from('evil')]))).toMatch(new RegExp(shown));
  });

  test.each(['symlink', 'link', 'fifo', 'character-device'] as const)('with a %s for a file', async (type) => {
    const { 'class_names.txt': _names, ...rest } = files;
    const entry: Entry = [{ name: 'stl10_binary/class_names.txt', type, linkname: '/etc/passwd' }];
    expect(await refusal(await archiveOf([...entriesOf(rest), entry]))).toMatch(
      new RegExp(`class_names\\.txt" in .* is a ${type}, and only plain files are read`),
    );
  });

  test('with a file that comes twice', async () => {
    const twice: Entry = [{ name: 'stl10_binary/test_y.bin' }, files['test_y.bin'] as Buffer];
    expect(await refusal(await withEntry(twice))).toMatch(/holds test_y\.bin twice/);
  });

  test('that unpacks to far more than it may', async () => {
    const bomb = Buffer.concat([await tarOf(entriesOf(files)), Buffer.alloc(64 * 1024 * 1024)]);
    expect(await refusal(gzipSync(bomb))).toMatch(/unpacks to more than the \d+ bytes/);
  });

  test('with an optional file that is too large', async () => {
    expect(
      await refusal(await archiveOf(entriesOf({ ...files, 'class_names.txt': Buffer.alloc(20_000, 65) }))),
    ).toMatch(/class_names\.txt .* has 20000 bytes, and at most 10000/);
  });
});

test('a place where nothing is, and a folder that holds a link instead of a file', async () => {
  const nowhere = join(bench.folder, 'nowhere');
  await expect(bench.import(spec(nowhere))).rejects.toThrow(/There is nothing at ".*nowhere" \(dataset\.source\)/);
  const folder = await writeFolder(join(bench.folder, 'linked'), files);
  await rm(join(folder, 'test_y.bin'));
  await symlink(join(folder, 'train_y.bin'), join(folder, 'test_y.bin'));
  await expect(bench.import(spec(folder))).rejects.toThrow(/test_y\.bin in .* only plain files are read/);
  expect(await committed(bench)).toEqual([]);
});

test('checks in the spec that cannot be those of such a dataset', async () => {
  const { 'train_y.bin': labels, ...rest } = checksOf(files);
  const attempt = (checks: ReturnType<typeof checksOf>) => bench.import(spec('/nowhere', checks));
  await expect(attempt(rest)).rejects.toThrow(/dataset\.files .* train_y\.bin is missing/s);
  const md5 = labels?.md5 as string;
  await expect(attempt({ ...rest, 'train_y.bin': { bytes: 19, md5 } })).rejects.toThrow(/19 labels for the 20 images/);
  await expect(attempt({ ...rest, 'train_y.bin': { bytes: 20, md5 }, 'x.bin': { bytes: 1, md5 } })).rejects.toThrow(
    /x\.bin is no file of this format/,
  );
  await expect(
    attempt({ ...rest, 'train_y.bin': { bytes: 20, md5 }, 'test_X.bin': { bytes: 27_649, md5 } }),
  ).rejects.toThrow(/no whole number of images/);
});
