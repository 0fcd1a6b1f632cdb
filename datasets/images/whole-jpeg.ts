import sharp from 'sharp';

const endMarker = Buffer.from([0xff, 0xd9]);

/**
 * A JPEG without its end marker, mended in memory if all of its pixels are there.
 *
 * Whether they are is told by what follows: if the picture is whole, its pixels are the same whatever bytes come after
 * them; if something of it is missing, the decoder takes it from those bytes.
 * @returns null where pixels are missing
 */
export async function mendedJpeg(bytes: Buffer): Promise<Buffer | null> {
  let end = endOfContent(bytes);
  if (bytes[end - 1] === 0xff) end--;
  const kept = bytes.subarray(0, end);
  const mended = Buffer.concat([kept, endMarker]);
  const followed = Buffer.concat([kept, Buffer.from(Array.from({ length: 4096 }, otherByte)), endMarker]);
  const [one, other] = await Promise.all([pixelsOf(mended), pixelsOf(followed)]);
  return one && other && one.equals(other) ? mended : null;
}

export const hasEndMarker = (bytes: Buffer) => bytes.subarray(-2).equals(endMarker);

/** Whether zeros stand where the picture should go on: a decoder takes them for pixels. A broken download leaves them. */
export function endsInZeros(bytes: Buffer): boolean {
  const end = endOfContent(bytes);
  return bytes.length - end >= 64 && !bytes.subarray(end - 2, end).equals(endMarker);
}

function endOfContent(bytes: Buffer): number {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return end;
}

/** Any bytes without a fixed pattern and without 0xff, which begins a marker. */
const otherByte = (_: unknown, at: number) => ((at * 2_654_435_761) >>> 16) % 255;

const pixelsOf = (bytes: Buffer) =>
  sharp(bytes, { failOn: 'error' })
    .raw()
    .toBuffer()
    .catch(() => null);
