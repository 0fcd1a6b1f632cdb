import { sha256 } from '../../storage/integrity';
import { readImage, UndecodableError, type DecodedImage, type ImageLayout } from './decode';
import { fingerprintOf, type Fingerprint } from './fingerprint';
import { promisesImage } from './format';
import { readImageFile } from './image-file';
import { filesAtOnce, inParallel } from './in-parallel';
import type { ImageFile } from './listing';

/** An image that can be used. */
export interface ExaminedImage extends Omit<DecodedImage, 'pixels'> {
  file: ImageFile;
  /** place of the file in the listing */
  at: number;
  /** of the file's bytes */
  sha256: string;
  /** SHA-256 of the stored pixels: the same for files that differ in their metadata or in a lossless encoding alone, but for WebP, which is made smaller as it is read */
  picture: string;
  fingerprint: Fingerprint;
}

/** A file that is not used. */
export interface LeftOutFile {
  path: string;
  label: string | null;
  /** in a few words, the same for all files of a kind */
  reason: string;
  /** what is wrong with this one */
  detail: string;
  /** counts against the spec's `tolerate`: somebody meant it to be an image, and it is none that can be used */
  broken: boolean;
}

export interface Examination {
  used: ExaminedImage[];
  leftOut: LeftOutFile[];
}

const lookedAtAgain = 100;

/**
 * Decodes every file once, several at a time; of the pixels only those in work are in memory.
 *
 * @param keep is handed the stored pixels of each usable image (uint8, HWC) and the place of its file in `files`
 * @returns both lists in the order of `files`
 * @throws what `keep` throws; the signal's own reason
 */
export async function examineImages(
  files: readonly ImageFile[],
  layout: ImageLayout,
  signal: AbortSignal,
  onDone: (files: number) => void,
  keep: (pixels: Buffer, at: number) => Promise<void> = () => Promise.resolve(),
): Promise<Examination> {
  const found = new Array<ExaminedImage | LeftOutFile | undefined>(files.length);
  let done = 0;
  const examine = async (at: number) => {
    const file = files[at] as ImageFile;
    const seen = await examineOne(file, layout);
    if ('pixels' in seen) {
      const { pixels, ...image } = seen;
      await keep(pixels, at);
      found[at] = { ...image, file, at };
    } else found[at] = seen;
  };
  await inParallel(files, filesAtOnce(), signal, async (_, at) => {
    await examine(at);
    onDone(++done);
  });
  // libvips keeps one error message for the whole process: what is wrong with a file is told rightly when it is alone.
  const damaged = found.flatMap((one, at) => (one && 'reason' in one && one.broken ? [at] : []));
  for (const at of damaged.slice(0, lookedAtAgain)) await examine(at);
  const all = found.filter((one) => one !== undefined);
  return { used: all.filter((one) => 'sha256' in one), leftOut: all.filter((one) => 'reason' in one) };
}

async function examineOne(
  { file, path, label }: ImageFile,
  layout: ImageLayout,
): Promise<(DecodedImage & Pick<ExaminedImage, 'sha256' | 'picture' | 'fingerprint'>) | LeftOutFile> {
  try {
    const bytes = await readImageFile(file);
    const image = await readImage(bytes, layout);
    const { pixels } = image;
    return { ...image, sha256: sha256(bytes), picture: sha256(pixels), fingerprint: fingerprintOf(pixels, layout) };
  } catch (error) {
    if (error instanceof UndecodableError) {
      const other = error.reason === 'not an image' && !promisesImage(path);
      const reason = error.reason === 'not an image' && !other ? 'content is no image' : error.reason;
      return { path, label, reason, detail: error.message, broken: !other };
    }
    const { code } = error as { code?: string };
    if (code === undefined) throw error;
    return { path, label, reason: 'cannot be opened', detail: `it cannot be opened (${code})`, broken: true };
  }
}
