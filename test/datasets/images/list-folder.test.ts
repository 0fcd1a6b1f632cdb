import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { placeOf } from '../../../datasets/images/list-folder';
import { ownFolderMarker } from '../../../experiment/names';
import { digestOfTree, put } from './seed';
import { brief, sourceBench } from './source-bench';

const bench = sourceBench();
const fill = async (...paths: string[]) => {
  for (const path of paths) await put(bench.root(), path, path);
};
const list = () => bench.list(bench.root());

test.each([
  ['train', 'train'],
  ['Training', 'train'],
  ['val', 'validation'],
  ['VALID', 'validation'],
  ['validation', 'validation'],
  ['Test', 'test'],
  ['testing', 'test'],
])('a folder %s at the top is the split %s, with a folder for each class', async (folder, split) => {
  await fill(`${folder}/ash/1.png`, `${folder}/elm/deep/er/2.jpg`);
  expect(brief(await list())).toEqual([`${folder}/ash/1.png ${split} ash`, `${folder}/elm/deep/er/2.jpg ${split} elm`]);
});

test.each(['unlabelled', 'Unlabeled', 'unsup', 'EXTRA'])('folders below %s are no classes', async (folder) => {
  await fill(`${folder}/ash/1.png`, `${folder}/2.png`);
  expect(brief(await list())).toEqual([`${folder}/2.png unlabelled -`, `${folder}/ash/1.png unlabelled -`]);
});

test('without split folders, those at the top are classes; what lies deeper belongs to them, whatever its name', async () => {
  await fill('ash/1.png', 'ash/test/2.png', 'training-photos/3.png', 'elm/a/b/c/4.png');
  expect(brief(await list())).toEqual([
    'ash/1.png - ash',
    'ash/test/2.png - ash',
    'elm/a/b/c/4.png - elm',
    'training-photos/3.png - training-photos',
  ]);
});

test('A1 classes beside a test folder, also where it has others or an empty one: each file has its own', async () => {
  await fill('ash/1.png', 'elm/1.png', 'test/elm/1.png', 'test/yew/1.png');
  await mkdir(join(bench.root(), 'test', 'ash'));
  const found = await list();
  expect(brief(found)).toEqual([
    'ash/1.png - ash',
    'elm/1.png - elm',
    'test/elm/1.png test elm',
    'test/yew/1.png test yew',
  ]);
  expect(found.remarks).toEqual(['The folder "test/ash" is empty: it makes no class.']);
});

test('files without a class folder have no class', async () => {
  await fill('1.png', 'train/2.png', 'test/3.png', 'train/ash/4.png');
  expect(brief(await list())).toEqual([
    '1.png - -',
    'test/3.png test -',
    'train/2.png train -',
    'train/ash/4.png train ash',
  ]);
});

test('A7 every extension is a candidate, and none', async () => {
  await fill('ash/1.JPG', 'ash/2.jpeg', 'ash/3.webp', 'ash/4', 'ash/5.txt', 'ash/6.Png');
  expect((await list()).files.map(({ path }) => path)).toEqual(
    ['1.JPG', '2.jpeg', '3.webp', '4', '5.txt', '6.Png'].map((name) => `ash/${name}`),
  );
});

test('A12 A13 what byol made and what systems leave behind is passed over without a word', async () => {
  await fill('ash/1.png', 'elm/1.png');
  const before = await list();
  await fill('.DS_Store', 'ash/.DS_Store', 'ash/._1.png', 'ash/.hidden/2.png', 'ash/Thumbs.db', 'desktop.ini');
  await fill('__MACOSX/ash/1.png', '.git/1.png');
  await fill(`reports/one/${ownFolderMarker}`, 'reports/one/figures/chart.png');
  await fill(`unlabelled/reports/${ownFolderMarker}`, 'unlabelled/reports/chart.png');
  expect(await list()).toEqual(before);
});

test('A14 empty folders make no class and are named, but those below a class are nobody’s business', async () => {
  await fill('ash/1.png');
  for (const folder of ['fir', 'ash/empty', 'train/pine/deep', 'unlabelled/a', 'larch/.hidden'])
    await mkdir(join(bench.root(), folder), { recursive: true });
  expect((await list()).remarks).toEqual([
    'The folder "fir" is empty: it makes no class.',
    'The folder "larch" is empty: it makes no class.',
    'The folder "train/pine" is empty: it makes no class.',
  ]);
});

test('A19 A21 names are kept as they are, classes in one form; files are in the order of code points', async () => {
  const nfd = 'дубй'.normalize('NFD');
  await fill(`${nfd}/지도.png`, 'ash/a b#%.png', 'ash/naïve.png', 'elm/a b#%.png', 'ash/😀.png', 'ash/\uFF5E.png');
  const found = await list();
  expect(brief(found)).toEqual([
    'ash/a b#%.png - ash',
    'ash/naïve.png - ash',
    'ash/\uFF5E.png - ash',
    'ash/😀.png - ash',
    'elm/a b#%.png - elm',
    `${nfd}/지도.png - ${'дубй'.normalize('NFC')}`,
  ]);
});

test('links inside are followed to files; links out, to nothing and to folders are listed as skipped', async () => {
  await fill('ash/1.png', 'elm/1.png');
  await put(bench.scratch(), 'secret.png', 'x');
  await put(bench.scratch(), 'other/1.png', 'x');
  const link = (target: string, path: string) => symlink(target, join(bench.root(), path));
  await link('../elm/1.png', 'ash/same.png');
  await link(join(bench.scratch(), 'secret.png'), 'ash/secret.png');
  await link(join(bench.scratch(), 'other'), 'yew');
  await link('nowhere.png', 'ash/broken.png');
  await link('..', 'ash/loop');
  const found = await list();
  expect(brief(found)).toEqual(['ash/1.png - ash', 'ash/same.png - ash', 'elm/1.png - elm']);
  expect(found.skipped.map(({ path, reason }) => `${path}: ${reason}`)).toEqual([
    'ash/broken.png: link to nothing',
    'ash/loop: link out of the source',
    'ash/secret.png: link out of the source',
    'yew: link out of the source',
  ]);
});

// Other systems keep names as Unicode and refuse these.
(process.platform === 'linux' ? test : test.skip)('a name that is not UTF-8 is told as that', async () => {
  await fill('ash/1.png', 'elm/1.png', 'elm/\ufffd.png');
  const latin1 = (path: string) => Buffer.from(join(bench.root(), path), 'latin1');
  await writeFile(latin1('ash/caf\u00e9.png'), 'x');
  await symlink('1.png', latin1('elm/link\u00e9.png'));
  const found = await list();
  expect(brief(found)).toEqual(['ash/1.png - ash', 'elm/1.png - elm', 'elm/\ufffd.png - elm']);
  const why = 'its name is not UTF-8, shown with \ufffd for what cannot be read: give it another name';
  expect(found.skipped).toEqual([
    { path: 'ash/caf\ufffd.png', reason: why },
    { path: 'elm/link\ufffd.png', reason: why },
  ]);
  await expect(bench.list(join(bench.root(), 'ash', 'caf\ufffd.png'))).rejects.toThrow(
    /caf\ufffd\.png" cannot be opened: its name is not UTF-8/,
  );
  await mkdir(latin1('\u00e9rable'));
  await expect(list()).rejects.toThrow(/The folder ".*\ufffdrable" cannot be opened: its name is not UTF-8/);
});

test('A10 the folder is left as it was', async () => {
  await fill('ash/1.png', 'elm/1.png', 'ash/.DS_Store');
  const before = await digestOfTree(bench.root());
  await chmod(join(bench.root(), 'ash'), 0o555);
  await list();
  await chmod(join(bench.root(), 'ash'), 0o755);
  expect(await digestOfTree(bench.root())).toBe(before);
});

// Root may open everything.
(process.getuid?.() === 0 ? test.skip : test)('a folder that cannot be opened is an error that names it', async () => {
  await fill('ash/1.png', 'elm/1.png');
  await chmod(join(bench.root(), 'elm'), 0);
  await expect(list()).rejects.toThrow(/elm" cannot be opened \(EACCES\)/);
  await chmod(join(bench.root(), 'elm'), 0o755);
});

test('the class is the folder below the split, or the topmost, whatever lies below it', () => {
  const part = fc.stringMatching(/^[a-z]{1,3}[0-9]{1,3}$/);
  fc.assert(
    fc.property(part, fc.array(part, { minLength: 1, maxLength: 4 }), (name, deeper) => {
      const path = [name, ...deeper].join('/');
      expect(placeOf(path)).toEqual({ split: null, label: name });
      expect(placeOf(`val/${path}`)).toEqual({ split: 'validation', label: name });
      expect(placeOf(`unsup/${path}`)).toEqual({ split: 'unlabelled', label: null });
    }),
  );
});
