import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { listImages, renameClasses, type ImageFile, type ImageListing } from '../../../datasets/images/listing';
import { openObjectStore } from '../../../storage/object-store';
import { startFileServer } from '../../servers/file-server';
import { startObjectStore } from '../../servers/object-store';
import { put } from './seed';

const parquet = join(__dirname, '../../../../test/reference/fixtures/parquet');
const signal = new AbortController().signal;
const onProgress = () => {};

let root: string;
let scratch: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'byol-source-'));
  scratch = await mkdtemp(join(tmpdir(), 'byol-scratch-'));
});
afterEach(() => Promise.all([root, scratch].map((folder) => rm(folder, { recursive: true }))));

const list = (source: string, more: object = {}) => listImages(source, { scratch, signal, onProgress, ...more });
const brief = ({ files }: ImageListing) =>
  files.map(({ path, split, label }: ImageFile) => `${path} ${split ?? '-'} ${label ?? '-'}`);

async function tar(entries: (Parameters<ReturnType<typeof pack>['entry']>[0] & { body?: string })[]): Promise<Buffer> {
  const archive = pack();
  for (const { body = '', ...header } of entries) archive.entry(header, body);
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
async function file(name: string, bytes: Buffer | string): Promise<string> {
  await put(root, name, bytes);
  return join(root, name);
}
/** Python's own writer; each entry is [name, text, mode]. */
async function zip(name: string, entries: [string, string, number?][]): Promise<string> {
  const script = `
import json, sys, zipfile
with zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED) as archive:
    for name, text, mode in json.loads(sys.argv[2]):
        info = zipfile.ZipInfo(name)
        info.external_attr = mode << 16
        archive.writestr(info, text)`;
  const path = join(root, name);
  const given = JSON.stringify(entries.map(([entry, text, mode = 0o100644]) => [entry, text, mode]));
  execFileSync('python3', ['-W', 'ignore', '-c', script, path, given]);
  return path;
}

const tree = [
  { name: 'photos/', type: 'directory' as const },
  { name: 'photos/train/ash/1.png', body: 'a' },
  { name: 'photos/train/elm/1.png', body: 'b' },
  { name: 'photos/test/ash/2.png', body: 'c' },
  { name: 'photos/unlabelled/deep/down/x.JPG', body: 'd' },
  { name: 'photos/train/ash/._1.png', body: 'e' },
  { name: '__MACOSX/photos/x.png', body: 'f' },
];
const listed = [
  'test/ash/2.png test ash',
  'train/ash/1.png train ash',
  'train/elm/1.png train elm',
  'unlabelled/deep/down/x.JPG unlabelled -',
];

describe('an archive', () => {
  test('is what its bytes say: tar, compressed or not, whatever its name', async () => {
    expect(brief(await list(await file('a.tar', await tar(tree))))).toEqual(listed);
    await rm(join(scratch, 'unpacked'), { recursive: true });
    const found = await list(await file('photos.data', gzipSync(await tar(tree))));
    expect(brief(found)).toEqual(listed);
    expect(await readFile(found.files[0]?.file as string, 'utf8')).toBe('c');
  });

  test('may be a zip', async () => {
    const entries = tree
      .filter(({ name }) => !name.endsWith('/'))
      .map(({ name, body = '' }): [string, string] => [name, body]);
    expect(brief(await list(await zip('a.zip', entries)))).toEqual(listed);
  });

  test('with a lone class or split at the top keeps it', async () => {
    const one = await tar([{ name: 'unlabelled/a/1.png' }, { name: 'unlabelled/b/2.png' }]);
    expect(brief(await list(await file('a.tar', one)))).toEqual([
      'unlabelled/a/1.png unlabelled -',
      'unlabelled/b/2.png unlabelled -',
    ]);
  });

  test.each([
    ['../outside.png', 'does not name a file inside the archive'],
    ['a/../../outside.png', 'does not name a file inside the archive'],
    ['/etc/outside.png', 'does not name a file inside the archive'],
    ['C:/outside.png', 'does not name a file inside the archive'],
    ['a\\..\\outside.png', 'does not name a file inside the archive'],
  ])('cannot write to %s', async (name, why) => {
    await expect(list(await file('a.tar', await tar([{ name, body: 'x' }])))).rejects.toMatchObject({
      name: 'DatasetError',
      message: expect.stringContaining(why) as unknown,
    });
  });

  test('cannot write outside by a zip either', async () => {
    await expect(list(await zip('a.zip', [['../outside.png', 'x']]))).rejects.toMatchObject({ name: 'DatasetError' });
  });

  test('with links lists them as skipped and does not follow them', async () => {
    const links = await tar([
      { name: 'ash/1.png', body: 'x' },
      { name: 'elm/1.png', body: 'y' },
      { name: 'elm/passwd', type: 'symlink', linkname: '/etc/passwd' },
      { name: 'elm/hard', type: 'link', linkname: '/etc/passwd' },
    ]);
    const found = await list(await file('a.tar', links));
    expect(found.files).toHaveLength(2);
    expect(found.skipped.map(({ path, reason }) => `${path} ${reason}`)).toEqual([
      'elm/hard link in an archive',
      'elm/passwd link in an archive',
    ]);
    await rm(join(scratch, 'unpacked'), { recursive: true });
    const zipped = await list(
      await zip('b.zip', [
        ['ash/1.png', 'x'],
        ['elm/link', '/etc/passwd', 0o120777],
      ]),
    );
    expect(zipped.skipped).toEqual([{ path: 'elm/link', reason: 'link in an archive' }]);
  });

  test('that holds a name twice, or a file where a folder is, is refused', async () => {
    const twice = await tar([
      { name: 'a/1.png', body: 'x' },
      { name: './a/1.png', body: 'y' },
    ]);
    await expect(list(await file('a.tar', twice))).rejects.toThrow('stands in it twice');
    await rm(join(scratch, 'unpacked'), { recursive: true });
    const both = await tar([
      { name: 'a', body: 'x' },
      { name: 'a/1.png', body: 'y' },
    ]);
    await expect(list(await file('b.tar', both))).rejects.toThrow('has the place of another file or folder');
  });

  test('that expands without measure is refused before it is written', async () => {
    const bomb = await tar([{ name: 'a/1.png', body: 'x' }]);
    bomb.write('77777777777\0', 124, 'latin1'); // 8 GiB, says the header
    let sum = 0;
    bomb.fill(' ', 148, 156);
    for (const byte of bomb.subarray(0, 512)) sum += byte;
    bomb.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
    await expect(list(await file('a.tar', bomb))).rejects.toThrow('archives of images do not shrink them so much');
  });

  test('cut short is an error that names it', async () => {
    const whole = gzipSync(await tar(tree));
    const cut = await file('cut.tgz', whole.subarray(0, whole.length - 20));
    await expect(list(cut)).rejects.toThrow(/cut\.tgz" cannot be unpacked/);
    await rm(join(scratch, 'unpacked'), { recursive: true });
    const zipped = await zip('a.zip', [['a/1.png', 'x'.repeat(5000)]]);
    await writeFile(join(root, 'cut.zip'), (await readFile(zipped)).subarray(0, 60));
    await expect(list(join(root, 'cut.zip'))).rejects.toThrow(/cut\.zip" cannot be unpacked/);
  });
});

describe('a list', () => {
  test('CSV: paths as written, texts and numbers as labels, splits where they are given', async () => {
    await put(root, 'a b#%.png', 'x');
    const path = await file(
      'list.csv',
      '\uFEFFFilename, Label ,split\r\n"a b#%.png",4,train\n지도.png,"oak, red",VAL\nнаïve/1.jpg,,\n9.png,1,test\n',
    );
    const found = await list(path);
    expect(brief(found)).toEqual([
      '9.png test 1',
      'a b#%.png train 4',
      'наïve/1.jpg unlabelled -',
      '지도.png validation oak, red',
    ]);
    expect(found.files[1]).toMatchObject({ bytes: 1, file: join(root, 'a b#%.png') });
  });

  test('JSON lines, and separators other than commas', async () => {
    const json = await file('a.jsonl', '{"path": "1.png", "label": 9}\n\n{"image": "/abs/2.png", "class": "elm"}\n');
    expect(brief(await list(json))).toEqual(['/abs/2.png - elm', '1.png - 9']);
    expect(brief(await list(await file('b.csv', 'path;label\n1.png;ash\n')))).toEqual(['1.png - ash']);
    expect(brief(await list(await file('c.tsv', 'path\tlabel\n1.png\tash\n')))).toEqual(['1.png - ash']);
  });

  test.each([
    ['a.csv', '1.png,ash\n', 'must name the columns'],
    ['a.csv', 'path,label\n1.png,ash\n2.png\n', 'Line 3'],
    ['a.csv', 'path,label\n1.png,ash\n1.png,elm\n', 'Line 3'],
    ['a.csv', 'path,label,split\n1.png,ash,trian\n', '"trian" is no split'],
    ['a.jsonl', '{"path": "1.png"}\n{"path": \n', 'Line 2'],
    ['a.jsonl', '{"path": "1.png"}\n[1]\n', 'Line 2'],
    ['a.jsonl', '{"label": "ash"}\n', 'names no image'],
    ['a.csv', 'path,label\n', 'lists no image'],
    ['a.txt', 'path,label\n', 'is no archive'],
  ])('%s with %j is refused: %s', async (name, text, why) => {
    await expect(list(await file(name, text))).rejects.toMatchObject({
      name: 'DatasetError',
      message: expect.stringContaining(why) as unknown,
    });
  });
});

describe('Parquet', () => {
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
    await rm(join(scratch, 'unpacked'), { recursive: true });
    const whole = await readFile(join(parquet, 'words.parquet'));
    await expect(list(await file('cut.parquet', whole.subarray(0, -30)))).rejects.toThrow(
      /cut\.parquet" cannot be used/,
    );
  });
});

describe('what lies elsewhere', () => {
  test('an archive by URL is fetched, and checked where the spec says what to expect', async () => {
    const server = await startFileServer();
    try {
      const bytes = gzipSync(await tar(tree));
      server.files.set('/photos.tgz', bytes);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      const source = `${server.url}/photos.tgz`;
      const archive = { bytes: bytes.length, sha256 };
      expect(brief(await list(source, { archive }))).toEqual(listed);
      await rm(join(scratch, 'unpacked'), { recursive: true });
      await expect(list(source, { archive: { ...archive, sha256: '0'.repeat(64) } })).rejects.toThrow(
        'its sha256 should be 000',
      );
      await expect(list(`${server.url}/none.zip`)).rejects.toThrow('There is nothing at');
      server.breaks = 1;
      await expect(list(source)).rejects.toMatchObject({ name: 'DownloadError', retryable: true });
    } finally {
      await server.close();
    }
  });

  test("a bucket's prefix is copied, and one object that is an archive is unpacked", async () => {
    const server = await startObjectStore();
    const store = openObjectStore(server.settings);
    const openBucket = (bucket: string, prefix: string) => store.elsewhere(bucket, prefix);
    try {
      for (const { name, body } of tree.slice(1)) await store.put(`some/${name}`, Buffer.from(body ?? ''));
      await store.put('some/photos-2/ash/1.png', Buffer.from('another prefix'));
      expect(brief(await list('s3://byol/some/photos/', { openBucket }))).toEqual(listed);
      await store.put('packed/a.tar', await tar(tree));
      expect(brief(await list('s3://byol/packed/a.tar', { openBucket }))).toEqual(listed);
      await rm(join(scratch, 'bucket'), { recursive: true });
      await expect(list('s3://byol/nothing/here', { openBucket })).rejects.toThrow(
        'There is no object in s3://byol/nothing',
      );
      await expect(list('s3://byol/some/photos')).rejects.toThrow('no bucket is set up here');
    } finally {
      store.close();
      await server.stop();
    }
  }, 60_000);

  test('what is not there is said so', async () => {
    await expect(list(join(root, 'nowhere'))).rejects.toThrow('nowhere" is not there');
  });
});

test('classes get the names that the spec gives them, and never one name for two', async () => {
  const found = await list(await file('list.csv', 'path,label\n1.png,n01\n2.png,n02\n3.png,\n'));
  expect(brief(renameClasses(found, { n01: 'tench', n99: 'none' }))).toEqual([
    '1.png - tench',
    '2.png - n02',
    '3.png unlabelled -',
  ]);
  expect(() => renameClasses(found, { n01: 'x', n02: 'x' })).toThrow('one name, "x"');
  expect(() => renameClasses(found, { n01: 'n02' })).toThrow('one name, "n02"');
});
