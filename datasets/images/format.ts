/** Formats whose pixels are read, by their content. */
export const readFormats = ['jpeg', 'png', 'webp', 'gif', 'tiff', 'avif'] as const;
export type ReadFormat = (typeof readFormats)[number];

export type SniffedFormat = { format: ReadFormat } | { unsupported: string } | null;

const startsWith = (bytes: Buffer, hex: string) => bytes.subarray(0, hex.length / 2).toString('hex') === hex;

/** Images that are known and not read; what stands before the name is how such a file begins. */
const unsupported: [hex: string, name: string][] = [
  ['424d', 'BMP'],
  ['38425053', 'Photoshop'],
  ['ff0a', 'JPEG XL'],
  ['0000000c4a584c20', 'JPEG XL'],
  ['0000000c6a502020', 'JPEG 2000'],
  ['00000100', 'icon'],
];

/**
 * What a file is by its first bytes, whatever its name says.
 * @returns null where it is no image that is known
 */
export function sniffFormat(bytes: Buffer): SniffedFormat {
  if (startsWith(bytes, 'ffd8ff')) return { format: 'jpeg' };
  if (startsWith(bytes, '89504e470d0a1a0a')) return { format: 'png' };
  if (/^GIF8[79]a/.test(bytes.toString('latin1', 0, 6))) return { format: 'gif' };
  if (['49492a00', '4d4d002a', '49492b00', '4d4d002b'].some((magic) => startsWith(bytes, magic)))
    return { format: 'tiff' };
  if (bytes.toString('latin1', 0, 4) === 'RIFF' && bytes.toString('latin1', 8, 12) === 'WEBP')
    return { format: 'webp' };
  if (bytes.toString('latin1', 4, 8) === 'ftyp') return sniffBrands(bytes);
  if (/^(\ufeff)?\s*(<\?xml[^]*?<svg|<svg)[\s>]/i.test(bytes.toString('utf8', 0, 1000))) return { unsupported: 'SVG' };
  const known = unsupported.find(([magic]) => startsWith(bytes, magic));
  return known ? { unsupported: known[1] } : null;
}

/** The brands of an ISO media file: the main one, and those it is compatible with. */
function sniffBrands(bytes: Buffer): SniffedFormat {
  const brands = bytes.toString('latin1', 8, Math.min(bytes.readUInt32BE(0), 128));
  if (/avif|avis/.test(brands)) return { format: 'avif' };
  return /hei[cxms]|hev[cx]|mif1/.test(brands) ? { unsupported: 'HEIC' } : null;
}

/** Names that promise an image: with other content, the file is broken and not merely something else. */
export const promisesImage = (path: string) =>
  /\.(jpe?g|jpe|jfif|png|apng|webp|gif|tiff?|avif|bmp|dib|hei[cf]|jxl|jp2|psd|ico|svg)$/i.test(path);
