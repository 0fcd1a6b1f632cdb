import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { splitNames } from '../../../datasets/manifest';
import { readNames } from '../../../datasets/read';
import { ownFolderMarker } from '../../../experiment/names';
import { plain, put, seedColours } from './seed';
import { bench, elm, expectRightLabels, oak, root, spec, stored, survey, useSeedSets } from './seed-bench';

// What users of such tools met with folders and names: each number is a case of that list, on the seed set.
useSeedSets();

test('the seed set: counts, classes, names and pixels', async () => {
  const imported = await bench.import(spec());
  expect(imported.manifest.classes).toEqual(['ash', 'elm', 'oak']);
  const found = await stored(imported);
  expectRightLabels(found);
  const splits = Object.values(found).map(({ split }) => split);
  expect(splitNames.map((name) => splits.filter((split) => split === name).length)).toEqual([24, 12, 6]);
  const again = await bench.import(spec());
  expect(again).toEqual({ ...imported, fetched: false });
  expect((await bench.import(spec({ size: 8 }))).digest).not.toBe(imported.digest);
});

test('a tree without test images is split by content: equally for each class, whatever the names, twins on one side', async () => {
  await rm(join(root, 'test'), { recursive: true });
  for (const at of [5, 6, 7, 8, 9])
    await put(
      root,
      `elm/${at}.png`,
      await plain(elm, 900 + at)
        .png()
        .toBuffer(),
    );
  await put(root, 'elm/twin.png', await readFile(join(root, 'elm', '1.png')));
  for (const at of [5, 6, 7, 8, 9])
    await put(
      root,
      `elm/${at}.tiff`,
      await sharp(join(root, 'elm', `${at}.png`))
        .tiff({ compression: 'lzw' })
        .toBuffer(),
    );
  const before = await stored(await bench.import(spec()));
  const sides = (of: typeof before, split: string, name: string) =>
    Object.values(of).filter((image) => image.split === split && image.label === name).length;
  expect(['ash', 'oak'].map((name) => [sides(before, 'train', name), sides(before, 'test', name)])).toEqual([
    [3, 1],
    [3, 1],
  ]);
  expect(sides(before, 'train', 'elm') + sides(before, 'test', 'elm')).toBe(15);
  expect(before['elm/twin.png']?.split).toBe(before['elm/1.png']?.split);
  for (const at of [5, 6, 7, 8, 9]) expect(before[`elm/${at}.tiff`]?.split).toBe(before[`elm/${at}.png`]?.split);
  await rename(join(root, 'ash', '1.png'), join(root, 'ash', 'zz.jpg'));
  const after = await stored(await bench.import(spec()));
  expect(after['ash/zz.jpg']?.split).toBe(before['ash/1.png']?.split);
  expect(after['ash/2.png']?.split).toBe(before['ash/2.png']?.split);
});

test('a validation folder is the validation split: the last images of train', async () => {
  for (const [name, colour] of Object.entries(seedColours))
    await put(root, `val/${name}/v.png`, await plain(colour, 700).png().toBuffer());
  const { manifest } = await bench.import(spec());
  expect(manifest.splits.train).toMatchObject({ count: 15, validation: 3 });
  const names = await readNames(bench.store(), manifest, 'train');
  expect(names?.slice(12)).toEqual(['val/ash/v.png', 'val/elm/v.png', 'val/oak/v.png']);
});

test('more than 256 classes: labels of two bytes', async () => {
  await rm(root, { recursive: true });
  const one = await plain(oak, 1).png().toBuffer();
  for (let at = 0; at < 300; at++) {
    await put(root, `train/c${at}/a.png`, one);
    await put(root, `test/c${at}/a.png`, one);
  }
  const imported = await bench.import(spec({ size: 8 }));
  expect(imported.manifest.classes.slice(0, 3)).toEqual(['c0', 'c1', 'c2']);
  expect(imported.manifest.splits.test.labels?.bytes).toBe(600);
  const names = await readNames(bench.store(), imported.manifest, 'test');
  const labels = await bench.labels(imported, 'test');
  expect(labels.map((label) => `test/${imported.manifest.classes[label]}/a.png`)).toEqual(names);
});

describe('A1 a class missing from the test folder shifts no label', () => {
  test('removed: the others keep theirs, and it is named', async () => {
    await rm(join(root, 'test', 'ash'), { recursive: true });
    expectRightLabels(await stored(await bench.import(spec())));
    expect((await survey()).remarks.join()).toContain('test has no images of "ash"');
  });
  test('renamed, so that the counts still agree: left out and named', async () => {
    await rename(join(root, 'test', 'ash'), join(root, 'test', 'yew'));
    const imported = await bench.import(spec());
    expect(imported.manifest.classes).toEqual(['ash', 'elm', 'oak']);
    const found = await stored(imported);
    expectRightLabels(found);
    expect(Object.keys(found).filter((path) => path.includes('yew'))).toEqual([]);
    const { remarks, skipped } = await survey();
    expect(remarks.join()).toContain('train has no images of "yew"');
    expect(skipped.map(({ reason, count }) => [reason, count])).toEqual([['class not in train', 2]]);
  });
  test('empty', async () => {
    await rm(join(root, 'test', 'ash'), { recursive: true });
    await mkdir(join(root, 'test', 'ash'));
    expectRightLabels(await stored(await bench.import(spec())));
    expect((await survey()).remarks.join()).toContain('"test/ash" is empty');
  });
});

test('A12 folders that byol made are no data', async () => {
  const before = await survey();
  await put(root, `unlabelled/reports/one/${ownFolderMarker}`, '');
  await put(root, 'unlabelled/reports/one/figures/chart.png', await plain(oak, 800).png().toBuffer());
  expect(await survey()).toEqual(before);
});

test('A13 what a Mac leaves behind is passed over without a word', async () => {
  const before = await survey();
  await put(root, 'oak/.DS_Store', 'x');
  await put(root, 'oak/._1.png', Buffer.alloc(4096, 7));
  await put(root, '__MACOSX/oak/1.png', Buffer.alloc(10, 7));
  await put(root, 'oak/Thumbs.db', 'x');
  expect(await survey()).toEqual(before);
});

test('A14 folders without an image make no class, and are named', async () => {
  await mkdir(join(root, 'fir'));
  await put(root, 'pine/notes.txt', 'nothing');
  const imported = await bench.import(spec());
  expect(imported.manifest.classes).toEqual(['ash', 'elm', 'oak']);
  expectRightLabels(await stored(imported));
  const { remarks, skipped } = await survey();
  expect(remarks.join()).toMatch(/"fir" is empty.*"pine"/);
  expect(skipped).toMatchObject([{ reason: 'not an image', broken: false, files: [{ path: 'pine/notes.txt' }] }]);
});

test('A16 classes named by numbers are in the order of the numbers, and names go with the labels', async () => {
  for (const [from, to] of [
    ['ash', '2'],
    ['elm', '10'],
    ['oak', '1'],
  ] as const)
    for (const folder of ['.', 'test']) await rename(join(root, folder, from), join(root, folder, to));
  const imported = await bench.import(spec());
  expect(imported.manifest.classes).toEqual(['1', '2', '10']);
  const found = await stored(imported);
  expect([found['10/1.png']?.label, found['test/2/1.png']?.label]).toEqual(['10', '2']);
});

test('A17 labels by numbers with gaps, in a list: names that all splits share, labels from 0', async () => {
  const ids: Record<string, number> = { ash: 4, elm: 9, oak: 1 };
  const rows = Object.entries(ids).flatMap(([name, id]) => [
    ...[1, 2, 3, 4].map((at) => `${name}/${at}.png,${id},train`),
    ...[1, 2].map((at) => `test/${name}/${at}.png,${id},test`),
  ]);
  await put(root, 'list.csv', ['path,label,split', ...rows].join('\n'));
  const imported = await bench.import(spec({ source: join(root, 'list.csv') }));
  expect(imported.manifest.classes).toEqual(['1', '4', '9']);
  expect(new Set(await bench.labels(imported, 'train'))).toEqual(new Set([0, 1, 2]));
  const found = await stored(imported);
  expect(Object.keys(found)).toHaveLength(18);
  for (const [path, { label }] of Object.entries(found)) expect(label).toBe(String(ids[path.split('/').at(-2) ?? '']));
});

test('a list of files that are not there is refused with their names', async () => {
  await put(root, 'list.csv', 'path,label\nash/1.png,ash\nelm/1.png,elm\nash/none.png,ash\nash,ash\n');
  await expect(bench.import(spec({ source: join(root, 'list.csv') }))).rejects.toThrow(
    /2 of 4 image files .*ash \(it is a folder, a pipe or a device, and no file\); ash\/none\.png \(it cannot be opened \(ENOENT\)\)/,
  );
});

test('A19 names in any script survive', async () => {
  await rename(join(root, 'oak'), join(root, 'дуб'));
  await rename(join(root, 'test', 'oak'), join(root, 'test', 'дуб'.normalize('NFD')));
  for (const name of ['지도.png', 'a b#%.png', 'naïve.png'])
    await put(root, `дуб/${name}`, await plain(oak, 850).png().toBuffer());
  const imported = await bench.import(spec());
  expect(imported.manifest.classes).toEqual(['ash', 'elm', 'дуб']);
  const found = await stored(imported);
  expect(['дуб/지도.png', 'дуб/a b#%.png', 'дуб/naïve.png'].map((path) => found[path]?.label)).toEqual([
    'дуб',
    'дуб',
    'дуб',
  ]);
});

test('A19 one class in two Unicode forms is one class', async () => {
  await rename(join(root, 'oak'), join(root, 'chêne'.normalize('NFC')));
  await rename(join(root, 'test', 'oak'), join(root, 'test', 'chêne'.normalize('NFD')));
  const { classes } = await survey();
  expect(classes.find(({ name }) => name === 'chêne')).toMatchObject({ train: 4, test: 2 });
});

test('A21 files of one name in several folders stay several', async () => {
  await put(root, 'oak/1.jpg', await plain(oak, 860).jpeg().toBuffer());
  const found = await stored(await bench.import(spec()));
  expect(Object.keys(found)).toHaveLength(43);
  expect(found['oak/1.jpg']).toBeDefined();
});

test('nothing to compare: a sentence', async () => {
  await expect(bench.import(spec({ source: join(root, 'unlabelled') }))).rejects.toThrow(
    /24 images without labels and none with/,
  );
  await expect(bench.import(spec({ source: join(root, 'nowhere') }))).rejects.toThrow(/nowhere" is not there/);
  for (const name of ['ash', 'elm']) await rm(join(root, name), { recursive: true });
  await expect(bench.import(spec())).rejects.toThrow(/of one class, "oak"/);
});
