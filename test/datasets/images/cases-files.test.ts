import { execFileSync } from 'node:child_process';
import { chmod, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { examineImages } from '../../../datasets/images/examine';
import { listImages } from '../../../datasets/images/listing';
import { surveySchema } from '../../../datasets/images/survey';
import { readBlob } from '../../../datasets/read';
import { digestOfTree, plain, put, seedColours } from './seed';
import { bench, elm, expectRightLabels, oak, root, spec, stored, survey, useSeedSets } from './seed-bench';

// What users of such tools met with files: each number is a case of that list, on the seed set.
useSeedSets();

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

test('a pipe, a device and a film are named and not waited for, nor read', async () => {
  execFileSync('mkfifo', [join(root, 'pipe.png')]);
  await put(root, 'film.mp4', 'none');
  await truncate(join(root, 'film.mp4'), 2 ** 33);
  const rows = ['pipe.png', '/dev/zero', 'film.mp4', ...['1', '2'].flatMap((n) => [`oak/${n}.png`, `elm/${n}.png`])];
  const label = (path: string) => (path.startsWith('elm') ? 'elm' : 'oak');
  await put(root, 'list.csv', ['path,label', ...rows.map((path) => `${path},${label(path)}`)].join('\n'));
  const listing = await listImages(join(root, 'list.csv'), {
    ...{ scratch: root, signal: new AbortController().signal, onProgress: () => undefined },
  });
  const { leftOut } = await examineImages(
    listing.files,
    { size: 32, channels: 3, fit: 'crop' },
    new AbortController().signal,
    () => undefined,
  );
  expect(leftOut.map(({ path, reason, broken }) => [path, reason, broken])).toEqual([
    ['/dev/zero', 'not a file', true],
    ['film.mp4', 'not an image', false],
    ['pipe.png', 'not a file', true],
  ]);
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
