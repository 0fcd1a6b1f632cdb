import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import type { ImportedDataset } from '../../../datasets/import';
import { listImages } from '../../../datasets/images/listing';
import { surveyImages, surveySchema } from '../../../datasets/images/survey';
import { splitNames } from '../../../datasets/manifest';
import { readBlob, readNames } from '../../../datasets/read';
import { ownFolderMarker } from '../../../experiment/names';
import type { DatasetOf } from '../../../experiment/datasets';
import { startImportingBench, type ImportingBench } from '../importing-bench';
import { digestOfTree, plain, put, seedColours, writeSeed } from './seed';

// What users of such tools met: each number is a case of that list, on the seed set.
jest.setTimeout(120_000);

let bench: ImportingBench;
let root: string;
let roots = 0;
beforeAll(async () => {
  bench = await startImportingBench();
});
afterAll(() => bench.stop());
beforeEach(async () => {
  bench.begin();
  root = join(bench.folder, `seed-${roots++}`);
  await writeSeed(root);
});

type Images = DatasetOf<'images'>;
const spec = (over: Partial<Images> = {}): Images => ({
  ...{ kind: 'images', source: root, size: 16, channels: 3, fit: 'crop', unlabelled: 'all' },
  ...{ validation: 0.2, test: 0.2, tolerate: 0.05, ...over },
});
const layout = { size: 16, channels: 3, fit: 'crop' } as const;
const signal = new AbortController().signal;
const survey = async (of = root) =>
  surveyImages(await listImages(of, { scratch: bench.folder, signal, onProgress: () => {} }), layout, 0.2, { signal });
const oak = seedColours['oak'] as [number, number, number];
const elm = seedColours['elm'] as [number, number, number];

/** What the stored dataset says of each file: its split, class and mean colour. */
async function stored(imported: ImportedDataset) {
  const { manifest } = imported;
  const found: Record<string, { split: string; label: string | null; colour: number[] }> = {};
  for (const split of splitNames) {
    if (!manifest.splits[split]) continue;
    const names = (await readNames(bench.store(), manifest, split)) as string[];
    const images = await bench.images(imported, split);
    const labels = split === 'unlabelled' ? null : await bench.labels(imported, split);
    names.forEach((path, at) => {
      const middle = (at * 16 * 16 + 8 * 16 + 8) * 3;
      const label = labels ? (manifest.classes[labels[at] as number] as string) : null;
      found[path] = { split, label, colour: [...images.subarray(middle, middle + 3)] };
    });
  }
  return found;
}

/** Every labelled image has its folder's class and its class's colour: nothing was shifted. */
function expectRightLabels(found: Awaited<ReturnType<typeof stored>>) {
  for (const [path, { label, colour }] of Object.entries(found)) {
    if (label === null) continue;
    expect(path.split('/').at(-2)).toBe(label);
    colour.forEach((value, at) => expect(Math.abs(value - (seedColours[label]?.[at] ?? 0))).toBeLessThan(12));
  }
}

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
  const before = await stored(await bench.import(spec()));
  const sides = (of: typeof before, split: string, name: string) =>
    Object.values(of).filter((image) => image.split === split && image.label === name).length;
  expect(['ash', 'oak'].map((name) => [sides(before, 'train', name), sides(before, 'test', name)])).toEqual([
    [3, 1],
    [3, 1],
  ]);
  expect(sides(before, 'train', 'elm') + sides(before, 'test', 'elm')).toBe(10);
  expect(before['elm/twin.png']?.split).toBe(before['elm/1.png']?.split);
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

test('A5 an animated GIF is its first frame, under either name, and is counted', async () => {
  const frames = Buffer.concat(
    [oak, elm, [0, 0, 0]].map((colour) => Buffer.concat(new Array(64).fill(Buffer.from(colour)))),
  );
  const raw = { width: 8, height: 24, channels: 3, pageHeight: 8 } as never;
  const gif = await sharp(frames, { raw }).gif().toBuffer();
  await put(root, 'oak/x.gif', gif);
  await put(root, 'oak/x.png', gif);
  const found = await stored(await bench.import(spec()));
  expectRightLabels(found);
  expect(found['oak/x.png']?.colour).toEqual(found['oak/x.gif']?.colour);
  expect((await survey()).traits['several frames']).toBe(2);
});

test('A6 content decides, not the name; what is no image is named', async () => {
  await put(root, 'oak/5.jpg', await plain(oak, 500).webp({ lossless: true }).toBuffer());
  await put(root, 'oak/6.png', await plain(oak, 501).jpeg().toBuffer());
  await put(root, 'oak/7.jpg', '404 not found');
  const found = await stored(await bench.import(spec()));
  expectRightLabels(found);
  expect([found['oak/5.jpg'], found['oak/6.png'], found['oak/7.jpg']].map((one) => one?.split)).toEqual([
    'train',
    'train',
    undefined,
  ]);
  const { skipped } = await survey();
  expect(skipped).toMatchObject([{ reason: 'content is no image', broken: true, files: [{ path: 'oak/7.jpg' }] }]);
});

test('A7 upper-case and less usual extensions are read', async () => {
  await rm(join(root, 'oak'), { recursive: true });
  for (const [name, format] of [
    ['1.JPG', 'jpeg'],
    ['2.JPEG', 'jpeg'],
    ['3.Png', 'png'],
    ['4.webp', 'webp'],
    ['5', 'png'],
  ] as const)
    await put(root, `oak/${name}`, await plain(oak, 600).toFormat(format).toBuffer());
  expect((await survey()).classes.find(({ name }) => name === 'oak')).toMatchObject({ train: 5, skipped: 0 });
});

test('A8 empty and zero-filled files are found before anything is trained, all at once', async () => {
  await put(root, 'elm/5.png', '');
  await put(root, 'elm/6.png', Buffer.alloc(4096));
  expectRightLabels(await stored(await bench.import(spec())));
  const { skipped } = await survey();
  expect(skipped.flatMap(({ files }) => files.map(({ path }) => path)).sort()).toEqual(['elm/5.png', 'elm/6.png']);
  const refused = bench.import(spec({ tolerate: 0.01 }));
  await expect(refused).rejects.toThrow(/2 of 44 image files .* allows 0.01 .*elm\/5\.png \(.*0 bytes\).*elm\/6\.png/s);
  await expect(refused).rejects.toMatchObject({ name: 'DatasetError', retryable: false });
});

describe('A9 and A10', () => {
  test('a JPEG that lost pixels is listed, one without its end marker is used; the input stays as it was', async () => {
    const pixels = Buffer.from(Array.from({ length: 64 * 64 * 3 }, (_, at) => ((at * 2_654_435_761) >>> 13) % 256));
    const jpeg = await sharp(pixels, { raw: { width: 64, height: 64, channels: 3 } })
      .jpeg({ quality: 90 })
      .toBuffer();
    await put(root, 'oak/cut.jpg', jpeg.subarray(0, -150));
    await put(root, 'oak/unended.jpg', jpeg.subarray(0, -2));
    await chmod(join(root, 'oak'), 0o555);
    const before = await digestOfTree(root);
    const found = await stored(await bench.import(spec()));
    const { skipped, traits } = await survey();
    await chmod(join(root, 'oak'), 0o755);
    expect([found['oak/cut.jpg']?.split, found['oak/unended.jpg']?.split]).toEqual([undefined, 'train']);
    expect(skipped).toMatchObject([{ reason: 'damaged or cut', files: [{ path: 'oak/cut.jpg' }] }]);
    expect(traits['no end marker']).toBe(1);
    expect(await digestOfTree(root)).toBe(before);
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

test('A18 the orientation decides between bars that are stored alike', async () => {
  await rm(root, { recursive: true });
  const bar = { create: { width: 40, height: 6, channels: 3, background: 'white' } } as const;
  const lying = await sharp({ create: { width: 40, height: 20, channels: 3, background: 'black' } })
    .composite([{ input: bar, top: 7, left: 0 }])
    .png()
    .toBuffer();
  for (const split of ['train', 'test'])
    for (const [name, orientation] of [
      ['lying', 1],
      ['upright', 6],
    ] as const)
      for (const quality of [90, 95])
        await put(
          root,
          `${split}/${name}/${quality}.jpg`,
          await sharp(lying).withMetadata({ orientation }).jpeg({ quality }).toBuffer(),
        );
  const imported = await bench.import(spec());
  const images = await bench.images(imported, 'train');
  const labels = await bench.labels(imported, 'train');
  labels.forEach((label, at) => {
    const value = (y: number, x: number) => images[(at * 256 + y * 16 + x) * 3] ?? 0;
    expect(value(8, 1) > value(1, 8)).toBe(imported.manifest.classes[label] === 'lying');
  });
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

test('D5 the same picture in train and test, under two classes, and among the unlabelled, is named', async () => {
  const one = await readFile(join(root, 'oak', '1.png'));
  await put(root, 'test/oak/9.png', one);
  await put(root, 'elm/9.png', one);
  for (const name of Object.keys(seedColours))
    for (const at of [1, 2])
      await put(root, `unlabelled/${name}-${at}.png`, await readFile(join(root, 'test', name, `${at}.png`)));
  const { leakage, conflicts, duplicates } = await survey();
  expect(leakage.find(({ from, to }) => from === 'train' && to === 'test')).toMatchObject({ same: 1 });
  expect(leakage.find(({ from }) => from === 'unlabelled')).toMatchObject({ to: 'test', same: 6 });
  const labels = conflicts.examples[0]?.map(({ path, label }) => `${path} ${label}`).sort();
  expect(labels).toEqual(['elm/9.png elm', 'oak/1.png oak', 'test/oak/9.png oak']);
  expect(duplicates.same).toMatchObject({ pictures: 7, files: 15 });
});

test('D9 one number of images: those that are used', async () => {
  await writeFile(join(root, 'elm', '1.png'), '');
  await writeFile(join(root, 'elm', '2.png'), (await readFile(join(root, 'elm', '2.png'))).subarray(0, 60));
  const imported = await bench.import(spec());
  const { manifest } = imported;
  const kept = surveySchema.parse(JSON.parse(String(await readBlob(bench.store(), manifest.survey?.sha256 ?? ''))));
  expect(kept).toEqual(await survey());
  expect(kept.classes.find(({ name }) => name === 'elm')).toEqual({
    name: 'elm',
    train: 2,
    validation: 0,
    test: 2,
    skipped: 2,
  });
  const labels = await bench.labels(imported, 'train');
  expect(labels.filter((label) => manifest.classes[label] === 'elm')).toHaveLength(2);
  expect(kept.splits).toEqual({ train: manifest.splits.train.count, validation: 0, test: 6, unlabelled: 24 });
  expect(kept.found).toBe(kept.used + 2);
});

test('nothing to compare: a sentence', async () => {
  await expect(bench.import(spec({ source: join(root, 'unlabelled') }))).rejects.toThrow(
    /24 images without labels and none with/,
  );
  await expect(bench.import(spec({ source: join(root, 'nowhere') }))).rejects.toThrow(/nowhere" is not there/);
  for (const name of ['ash', 'elm']) await rm(join(root, name), { recursive: true });
  await expect(bench.import(spec())).rejects.toThrow(/of one class, "oak"/);
});
