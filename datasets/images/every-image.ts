import { open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { compareCodePoints } from './class-order';
import { decodeImage, UndecodableError, type ImageLayout } from './decode';
import { promisesImage, sniffFormat } from './format';
import { readImageFile } from './image-file';
import { filesAtOnce, inParallel } from './in-parallel';
import { listImages, type ListingOptions } from './listing';

/** A file of a source, whatever split or class its place names; `problem` where it is none that can be opened. */
export type SourceFile = { path: string; file: string } | { path: string; problem: string };

/**
 * Every file of a source, by path in the order of code points; those that a listing leaves out too, with the reason.
 * @param source as `listImages` takes it, or one image file
 * @throws DatasetError, DownloadError, StorageError, the signal's own reason
 */
export async function everyFile(source: string, options: ListingOptions): Promise<SourceFile[]> {
  if (await isImage(source)) return [{ path: basename(source), file: source }];
  const { files, skipped } = await listImages(source, options);
  const all: SourceFile[] = [
    ...files.map(({ path, file }) => ({ path, file })),
    ...skipped.map(({ path, reason }) => ({ path, problem: reason })),
  ];
  return all.sort((a, b) => compareCodePoints(a.path, b.path));
}

/** A file here that is an image by its content, or by its name. */
async function isImage(source: string): Promise<boolean> {
  if (!(await stat(source).catch(() => null))?.isFile()) return false;
  const handle = await open(source);
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(1024), 0, 1024, 0);
    return sniffFormat(buffer.subarray(0, bytesRead)) !== null || promisesImage(source);
  } finally {
    await handle.close();
  }
}

export interface DecodedBatch {
  /** null: an image, whose pixels are here */
  files: { path: string; problem: string | null }[];
  /** uint8 NHWC of the images, in the order of `files` */
  pixels: Buffer;
}

/** Decodes files a few at once; in memory is one batch. @throws the signal's own reason */
export async function* decodeInBatches(
  files: readonly SourceFile[],
  layout: ImageLayout,
  perBatch: number,
  signal: AbortSignal,
): AsyncGenerator<DecodedBatch> {
  for (let from = 0; from < files.length; from += perBatch) {
    const some = files.slice(from, from + perBatch);
    const decoded = new Array<Buffer | string>(some.length);
    await inParallel(some, filesAtOnce(), signal, async (file, at) => {
      decoded[at] = await decodeOne(file, layout);
    });
    // libvips keeps one error message for the whole process: what is wrong is told rightly of a file that is alone.
    for (const [at, file] of some.entries())
      if (typeof decoded[at] === 'string') decoded[at] = await decodeOne(file, layout);
    yield {
      files: some.map(({ path }, at) => ({ path, problem: problemOf(decoded[at]) })),
      pixels: Buffer.concat(decoded.filter((one) => Buffer.isBuffer(one))),
    };
  }
}

const problemOf = (decoded: Buffer | string | undefined) => (typeof decoded === 'string' ? decoded : null);

/** Its pixels, or what is wrong with it. */
async function decodeOne(file: SourceFile, layout: ImageLayout): Promise<Buffer | string> {
  if ('problem' in file) return file.problem;
  try {
    return await decodeImage(await readImageFile(file.file), layout);
  } catch (error) {
    if (error instanceof UndecodableError) return error.message;
    const { code } = error as { code?: string };
    if (code === undefined) throw error;
    return `it cannot be opened (${code})`;
  }
}
