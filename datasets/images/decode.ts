import sharp, { type Metadata, type Sharp } from 'sharp';
import { sniffFormat, type ReadFormat } from './format';
import { endsInZeros, hasEndMarker, mendedJpeg } from './whole-jpeg';

/** How images are stored: a part of the spec's `dataset`. */
export interface ImageLayout {
  /** pixels; the stored images are square */
  size: number;
  channels: 1 | 3;
  /** crop: shorter side to size, then the middle; stretch: both sides to size; pad: longer side to size, black bars */
  fit: 'crop' | 'stretch' | 'pad';
}

/** What a file holds that had to be seen to, for the survey. */
export type ImageTrait = 'turned' | '16-bit' | 'CMYK' | 'alpha channel' | 'grey' | 'several frames' | 'no end marker';

export interface DecodedImage {
  /** uint8, HWC, size x size x channels */
  pixels: Buffer;
  format: ReadFormat;
  /** pixels of the file's image, as it is looked at (after turning it as its EXIF data say) */
  width: number;
  height: number;
  traits: ImageTrait[];
}

/** The bytes are no image that can be used. */
export class UndecodableError extends Error {
  override readonly name = 'UndecodableError';
  constructor(
    readonly reason: 'empty' | 'not a file' | 'not an image' | 'damaged or cut' | 'format not read',
    message: string,
  ) {
    super(message);
  }
}

/**
 * The one decoder: whatever looks at a file's pixels, anywhere, gets them from here.
 *
 * Content decides, not the name. EXIF orientation is applied; 16 bits are scaled to 8; colours are brought to sRGB (by
 * the embedded profile, CMYK without one by (1 - C)(1 - K)); what is transparent lies on white; grey becomes three
 * equal channels where three are asked for, colour becomes luminance where one is; of several frames or pages the first
 * is taken. A file that was cut so that pixels are missing fails; a JPEG that only lacks its end marker does not.
 *
 * @returns uint8, HWC, size x size x channels
 * @throws UndecodableError
 */
export async function decodeImage(bytes: Buffer, layout: ImageLayout): Promise<Buffer> {
  return (await readImage(bytes, layout)).pixels;
}

/** As `decodeImage`, with what the file was. @throws UndecodableError */
export async function readImage(bytes: Buffer, layout: ImageLayout): Promise<DecodedImage> {
  if (bytes.length === 0) throw new UndecodableError('empty', 'the file has 0 bytes');
  const sniffed = sniffFormat(bytes);
  if (sniffed === null) throw new UndecodableError('not an image', 'its content is no image format that is known');
  if ('unsupported' in sniffed)
    throw new UndecodableError('format not read', `its content is ${sniffed.unsupported}, which is not read`);
  const { format } = sniffed;
  try {
    if (format === 'jpeg' && endsInZeros(bytes)) throw new Error('zeros stand where it should go on');
    return await decodeAs(format, bytes, layout, []);
  } catch (error) {
    // Not by the message: libvips keeps one for the whole process, and another file's may have come between.
    const whole = format === 'jpeg' && !hasEndMarker(bytes) ? await mendedJpeg(bytes) : null;
    if (whole === null) throw broken(error, format);
    return await decodeAs(format, whole, layout, ['no end marker']).catch((again: unknown) => {
      throw broken(again, format);
    });
  }
}

async function decodeAs(
  format: ReadFormat,
  bytes: Buffer,
  layout: ImageLayout,
  traits: ImageTrait[],
): Promise<DecodedImage> {
  // 'error' and not sharp's 'warning': bytes between markers and the like harm no pixel.
  const image = sharp(bytes, { failOn: 'error', pages: 1 });
  const metadata = await image.metadata();
  const { autoOrient, orientation = 1, depth } = metadata;
  if (depth !== 'uchar' && depth !== 'ushort')
    throw new Error(`it has pixels of the type ${depth}; pixels of 8 or 16 bits are read`);
  if (orientation > 1) traits.push('turned');
  if (depth === 'ushort') traits.push('16-bit');
  if (metadata.space === 'cmyk') traits.push('CMYK');
  if (metadata.hasAlpha) traits.push('alpha channel');
  if (metadata.channels < 3) traits.push('grey');
  if ((metadata.pages ?? 1) > 1) traits.push('several frames');
  const pixels = await pixelsOf(image, metadata, layout);
  const expected = layout.size * layout.size * layout.channels;
  if (pixels.length !== expected)
    throw new Error(`it decodes to ${pixels.length} bytes, and ${expected} were expected`);
  return { pixels, format, width: autoOrient.width, height: autoOrient.height, traits };
}

const fits = { crop: 'cover', stretch: 'fill', pad: 'contain' } as const;

async function pixelsOf(image: Sharp, { space, depth, hasProfile }: Metadata, layout: ImageLayout): Promise<Buffer> {
  const { size, channels } = layout;
  const square = image
    .autoOrient()
    .resize(size, size, { fit: fits[layout.fit], position: 'centre', background: black });
  const colours = channels === 1 ? 'b-w' : 'srgb';
  if (space === 'cmyk' && !hasProfile) {
    const inks = await square.pipelineColourspace('cmyk').toColourspace('cmyk').raw().toBuffer();
    const raw = { width: size, height: size, channels: 3 } as const;
    const rgb = sharp(inksToRgb(inks), { raw });
    return channels === 3 ? rgb.raw().toBuffer() : rgb.toColourspace('b-w').raw().toBuffer();
  }
  if (depth === 'ushort') {
    const deep = await square
      .toColourspace(channels === 1 ? 'grey16' : 'rgb16')
      .raw({ depth: 'ushort' })
      .toBuffer({ resolveWithObject: true });
    const { buffer, byteOffset, length } = deep.data;
    return scaled(new Uint16Array(buffer.slice(byteOffset, byteOffset + length)), deep.info.channels, channels);
  }
  return square.flatten({ background: 'white' }).toColourspace(colours).raw().toBuffer();
}

const black = { r: 0, g: 0, b: 0, alpha: 1 };

function inksToRgb(inks: Buffer): Buffer {
  const rgb = Buffer.allocUnsafe((inks.length / 4) * 3);
  for (let from = 0, to = 0; from < inks.length; from += 4) {
    const light = 255 - (inks[from + 3] as number);
    for (let ink = 0; ink < 3; ink++) rgb[to++] = Math.round(((255 - (inks[from + ink] as number)) * light) / 255);
  }
  return rgb;
}

/** 0..65535 -> 0..255, with what is transparent on white. `found` may be one more than `wanted`: the alpha channel. */
function scaled(deep: Uint16Array, found: number, wanted: number): Buffer {
  const images = Buffer.allocUnsafe((deep.length / found) * wanted);
  for (let from = 0, to = 0; from < deep.length; from += found) {
    const opaque = found > wanted ? (deep[from + wanted] as number) / 65_535 : 1;
    for (let channel = 0; channel < wanted; channel++)
      images[to++] = Math.round(((deep[from + channel] as number) * opaque + 65_535 * (1 - opaque)) / 257);
  }
  return images;
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

function broken(error: unknown, format: string): UndecodableError {
  const reason = messageOf(error).split('\n')[0] ?? '';
  return new UndecodableError('damaged or cut', `its ${format.toUpperCase()} data: ${reason}`);
}
