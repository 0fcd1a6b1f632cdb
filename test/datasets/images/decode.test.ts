import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { decodeImage, readImage, type UndecodableError, type ImageLayout } from '../../../datasets/images/decode';

const layout: ImageLayout = { size: 8, channels: 3, fit: 'crop' };
const fixture = (name: string) => readFileSync(join('test', 'reference', 'fixtures', 'images', name));
const first = async (bytes: Buffer, over: Partial<ImageLayout> = {}) => [
  ...(await decodeImage(bytes, { ...layout, ...over })).subarray(0, over.channels ?? 3),
];
const flat = (r: number, g: number, b: number, size = 16) =>
  sharp({ create: { width: size, height: size, channels: 3, background: { r, g, b } } });
const refusal = (bytes: Buffer) =>
  readImage(bytes, layout).then(
    () => Promise.reject(new Error('it was read')),
    (error: unknown) => error as UndecodableError,
  );

/** 64 x 64 of noise. */
function noise() {
  const pixels = Buffer.from(Array.from({ length: 64 * 64 * 3 }, (_, at) => ((at * 2_654_435_761) >>> 13) % 256));
  return sharp(pixels, { raw: { width: 64, height: 64, channels: 3 } });
}

test('A2 16-bit grey is scaled, not clipped', async () => {
  expect(await first(fixture('grey16-12000.png'))).toEqual([47, 47, 47]);
  expect(await first(fixture('grey16-45000.png'))).toEqual([175, 175, 175]);
  expect(await first(fixture('grey16-45000.png'), { channels: 1 })).toEqual([175]);
});

test.each([
  [0, [255, 255, 255]],
  [32_768, [186, 127, 255]],
  [65_535, [117, 0, 255]],
])('16-bit colour with alpha %i lies on white', async (alpha, expected) => {
  expect(await first(deepPng([30_000, 0, 65_535, alpha]))).toEqual(expected);
});

test.each(['red', 'cyan', 'violet'])('A3 a CMYK JPEG looks as its RGB twin: %s', async (name) => {
  const [inks, twin] = await Promise.all([first(fixture(`${name}-cmyk.jpg`)), first(fixture(`${name}.jpg`))]);
  for (const channel of [0, 1, 2]) expect(Math.abs((inks[channel] ?? 0) - (twin[channel] ?? 0))).toBeLessThan(4);
});

test('A5 of an animation, the first frame is taken', async () => {
  const frames = Buffer.concat([rgbRows(255, 0, 0), rgbRows(0, 255, 0), rgbRows(0, 0, 255)]);
  const gif = await sharp(frames, { raw: { width: 8, height: 24, channels: 3, pageHeight: 8 } as never })
    .gif()
    .toBuffer();
  const image = await readImage(gif, layout);
  expect([...image.pixels.subarray(0, 3)]).toEqual([255, 0, 0]);
  expect(image).toMatchObject({ width: 8, height: 8, format: 'gif' });
  expect(image.traits).toContain('several frames');
});

test('A9 a JPEG that lost pixels fails, one that lost its end marker alone does not', async () => {
  for (const progressive of [false, true]) {
    const whole = await noise().jpeg({ quality: 90, progressive }).toBuffer();
    expect(await refusal(whole.subarray(0, -150))).toMatchObject({
      name: 'UndecodableError',
      reason: 'damaged or cut',
    });
    expect(await refusal(whole.subarray(0, -8))).toMatchObject({ reason: 'damaged or cut' });
    const unended = await readImage(whole.subarray(0, -2), { ...layout, size: 64 });
    expect(unended.traits).toEqual(['no end marker']);
    expect(unended.pixels.equals(await decodeImage(whole, { ...layout, size: 64 }))).toBe(true);
  }
});

test('A9 zeros in the place of the lower half do not pass for pixels', async () => {
  const whole = await noise().jpeg({ quality: 90 }).toBuffer();
  const zeroed = Buffer.concat([whole.subarray(0, whole.length / 2), Buffer.alloc(whole.length / 2)]);
  expect(await refusal(zeroed)).toMatchObject({ reason: 'damaged or cut' });
});

test.each(['png', 'webp', 'gif', 'tiff', 'avif'] as const)('%s is read, and fails when it was cut', async (format) => {
  const whole = await noise().toFormat(format).toBuffer();
  expect(await readImage(whole, layout)).toMatchObject({ format, width: 64, height: 64 });
  expect(await refusal(whole.subarray(0, -150))).toMatchObject({ reason: 'damaged or cut' });
});

test('A18 the orientation in the EXIF data is applied', async () => {
  const bar = { create: { width: 40, height: 4, channels: 3, background: 'white' } } as const;
  const lying = sharp({ create: { width: 40, height: 20, channels: 3, background: 'black' } }).composite([
    { input: bar, top: 8, left: 0 },
  ]);
  const stored = await lying.jpeg({ quality: 100 }).toBuffer();
  const turned = await sharp(stored).withMetadata({ orientation: 6 }).jpeg({ quality: 100 }).toBuffer();
  const [plain, upright] = await Promise.all([readImage(stored, layout), readImage(turned, layout)]);
  expect(plain).toMatchObject({ width: 40, height: 20, traits: [] });
  expect(upright).toMatchObject({ width: 20, height: 40, traits: ['turned'] });
  const at = (pixels: Buffer, y: number, x: number) => pixels[(y * 8 + x) * 3] ?? 0;
  expect(at(plain.pixels, 4, 0)).toBeGreaterThan(at(plain.pixels, 0, 4) + 100);
  expect(at(upright.pixels, 0, 4)).toBeGreaterThan(at(upright.pixels, 4, 0) + 100);
});

test('alpha lies on white, also where it is the palette that says it', async () => {
  const clear = { width: 8, height: 8, channels: 4, background: { r: 255, g: 0, b: 0, alpha: 0 } } as const;
  expect(await first(await sharp({ create: clear }).png().toBuffer())).toEqual([255, 255, 255]);
  expect(await first(await sharp({ create: clear }).png({ palette: true }).toBuffer())).toEqual([255, 255, 255]);
  const half = { ...clear, background: { r: 255, g: 0, b: 0, alpha: 0.5 } };
  expect(await first(await sharp({ create: half }).webp({ lossless: true }).toBuffer())).toEqual([255, 127, 127]);
});

test('palettes, grey and single bits come out as the colours they stand for', async () => {
  expect(await first(await flat(10, 200, 30).png({ palette: true }).toBuffer())).toEqual([10, 200, 30]);
  const grey = await flat(77, 77, 77).toColourspace('b-w').png().toBuffer();
  expect(await first(grey)).toEqual([77, 77, 77]);
  expect(await first(grey, { channels: 1 })).toEqual([77]);
  expect(await first(fixture('white-fax.tif'))).toEqual([255, 255, 255]);
});

test('crop takes the middle, pad adds black, stretch takes all', async () => {
  const sides = await sharp({ create: { width: 24, height: 8, channels: 3, background: 'red' } })
    .composite([{ input: { create: { width: 8, height: 8, channels: 3, background: 'blue' } }, left: 8, top: 0 }])
    .png()
    .toBuffer();
  expect(await first(sides)).toEqual([0, 0, 255]);
  expect(await first(sides, { fit: 'pad' })).toEqual([0, 0, 0]);
  const [red = 0, , blue = 255] = await first(sides, { fit: 'stretch' });
  expect([red > 240, blue < 15]).toEqual([true, true]);
});

test('A6 A8 what is no image is told apart from a broken one', async () => {
  expect(await refusal(Buffer.alloc(0))).toMatchObject({ reason: 'empty' });
  expect(await refusal(Buffer.alloc(4096))).toMatchObject({ reason: 'not an image' });
  expect(await refusal(Buffer.from('404 not found'))).toMatchObject({ reason: 'not an image' });
  expect(await refusal(fixture('image.bmp'))).toMatchObject({ reason: 'format not read' });
  expect((await refusal(fixture('image.bmp'))).message).toContain('BMP');
  expect(await refusal(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'))).toMatchObject({
    reason: 'format not read',
  });
  expect((await refusal(fixture('float.tif'))).message).toContain('float');
});

const rgbRows = (...colour: number[]) => Buffer.from(Array.from({ length: 64 }, () => colour).flat());

/** 16 x 16 pixels of 16-bit RGBA, all the same. */
function deepPng(pixel: number[]): Buffer {
  const row = Buffer.alloc(1 + 16 * 8);
  for (let at = 0; at < 64; at++) row.writeUInt16BE(pixel[at % 4] as number, 1 + 2 * at);
  const header = Buffer.from('00000010000000101006000000', 'hex');
  const chunks: [string, Buffer][] = [
    ['IHDR', header],
    ['IDAT', deflateSync(Buffer.concat(Array.from({ length: 16 }, () => row)))],
    ['IEND', Buffer.alloc(0)],
  ];
  const encoded = chunks.map(([type, data]) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const numbers = Buffer.alloc(8);
    numbers.writeUInt32BE(data.length, 0);
    numbers.writeUInt32BE(crc32(body), 4);
    return Buffer.concat([numbers.subarray(0, 4), body, numbers.subarray(4)]);
  });
  return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), ...encoded]);
}
