import { mkdtemp, open, rm, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalJson } from '../../experiment/digest';
import { translateDiskError } from '../../storage/errors';
import { sha256 } from '../../storage/integrity';
import { hashFile } from '../../storage/transfer';
import type { ObjectStore } from '../../storage/object-store';
import { DatasetError } from '../errors';
import type { Importing } from '../importing';
import { labelBytes, type DatasetManifest, type DatasetSplit } from '../manifest';
import { imageBytes, ShardWriter, storeBlob } from '../shards';
import { arrangeImages, type Arrangement } from './arrangement';
import type { ImageLayout } from './decode';
import { examineImages, type ExaminedImage } from './examine';
import { filesAtOnce, inParallel } from './in-parallel';
import type { ImageListing } from './listing';
import { progressOf } from './progress';
import { brokenCount, surveyOf, type Survey } from './survey';

/** A part of the spec's `dataset`. */
export interface ImagesRequest extends ImageLayout {
  /** as it may be shown */
  source: string;
  /** of each class, where the source has no test images */
  test: number;
  /** fraction of broken files up to which the others are used */
  tolerate: number;
}

/**
 * Names what an import of these files would give, by their content and not by where they lie or what they cost to
 * decode: every file's path, split, label and SHA-256, and the settings.
 * @throws the signal's own reason
 */
export async function imagesIdentity(
  { files }: ImageListing,
  { size, channels, fit, test, tolerate }: ImagesRequest,
  { signal, onProgress }: Pick<Importing, 'signal' | 'onProgress'>,
): Promise<unknown> {
  const digests = new Array<string | null>(files.length).fill(null);
  const progress = progressOf('comparing', files.length, onProgress);
  let done = 0;
  await inParallel(files, filesAtOnce(), signal, async ({ file }, at) => {
    // One that cannot be opened is listed when its turn to be decoded comes; opening a pipe would wait for ever.
    const isFile = (await stat(file).catch(() => null))?.isFile();
    digests[at] = isFile
      ? await hashFile(file).then(
          ({ sha256 }) => sha256,
          () => null,
        )
      : null;
    progress(++done);
  });
  const content = files.map(({ path, split, label }, at) => [path, split, label, digests[at]]);
  return { kind: 'images', size, channels, fit, test, tolerate, files: sha256(canonicalJson(content)) };
}

/**
 * Decodes every file once, finds out what is wrong with which, and stores the rest: shards, labels, names, and the
 * survey. The decoded pixels wait in a file of the scratch folder until every image's place is known; in memory are
 * only those in work.
 * @throws DatasetError where too many files are broken or nothing can be compared; DiskFullError, StorageError
 */
export async function importImages(
  store: ObjectStore,
  listing: ImageListing,
  request: ImagesRequest,
  { scratch, signal, onProgress }: Importing,
): Promise<DatasetManifest> {
  const folder = await mkdtemp(join(scratch, 'images-'));
  const path = join(folder, 'pixels');
  try {
    const pixels = await open(path, 'wx+');
    try {
      return await storeImages(store, listing, request, pixels, { signal, onProgress });
    } finally {
      await pixels.close();
    }
  } catch (error) {
    throw translateDiskError(error, path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function storeImages(
  store: ObjectStore,
  listing: ImageListing,
  request: ImagesRequest,
  pixels: FileHandle,
  { signal, onProgress }: Pick<Importing, 'signal' | 'onProgress'>,
): Promise<DatasetManifest> {
  const { size, channels } = request;
  const image = { height: size, width: size, channels };
  const one = imageBytes(image);
  const progress = progressOf('decoding', listing.files.length, onProgress);
  const examination = await examineImages(listing.files, request, signal, progress, async (decoded, at) => {
    await pixels.write(decoded, 0, one, at * one);
  });
  const arrangement = arrangeImages(examination.used, request.test);
  const survey = surveyOf(listing, examination, arrangement, request);
  refuse(survey, request);
  const { classes, train, validation, test, unlabelled } = arrangement;
  const storing = { store, image, pixels, signal };
  const training = await storeSplit(storing, [...train, ...validation], classes);
  const splits: DatasetManifest['splits'] = {
    ...(unlabelled.length === 0 ? {} : { unlabelled: (await storeSplit(storing, unlabelled, null)).split }),
    train: { ...training.split, ...(validation.length === 0 ? {} : { validation: validation.length }) },
    test: (await storeSplit(storing, test, classes)).split,
  };
  return {
    format: 'durable-byol-dataset/1',
    kind: 'images',
    image,
    classes,
    normalize: training.normalize,
    splits,
    survey: await storeBlob(store, Buffer.from(JSON.stringify(survey))),
    origin: { source: request.source, files: [] },
  };
}

interface Storing {
  store: ObjectStore;
  image: DatasetManifest['image'];
  pixels: FileHandle;
  signal: AbortSignal;
}

async function storeSplit(
  { store, image, pixels, signal }: Storing,
  images: readonly (ExaminedImage & { label?: string })[],
  classes: Arrangement['classes'] | null,
): Promise<{ split: DatasetSplit; normalize: DatasetManifest['normalize'] }> {
  const writer = new ShardWriter(store, image);
  const buffer = Buffer.allocUnsafe(imageBytes(image));
  for (const { at } of images) {
    signal.throwIfAborted();
    const { bytesRead } = await pixels.read(buffer, 0, buffer.length, at * buffer.length);
    if (bytesRead !== buffer.length) throw new Error('the decoded pixels in the scratch folder are cut short');
    await writer.write(buffer);
  }
  const names = await storeBlob(store, Buffer.from(JSON.stringify(images.map(({ file }) => file.path))));
  const split = { ...(await writer.end()), names };
  const normalize = writer.statistics();
  if (classes === null) return { split, normalize };
  const places = new Map(classes.map((name, place) => [name, place]));
  const wide = labelBytes({ classes });
  const labels = Buffer.alloc(images.length * wide);
  images.forEach(({ label }, at) => labels.writeUIntLE(places.get(label as string) as number, at * wide, wide));
  return { split: { ...split, labels: await storeBlob(store, labels) }, normalize };
}

/** Enough names to see what they have in common. */
const namesInError = 10;

function refuse(survey: Survey, { source, tolerate }: ImagesRequest): void {
  const broken = brokenCount(survey);
  const all = broken + survey.used;
  if (broken > tolerate * all) {
    const files = survey.skipped.filter((group) => group.broken).flatMap((group) => group.files);
    const shown = files.slice(0, namesInError).map(({ path, detail }) => `${path} (${detail})`);
    throw new DatasetError(
      `${broken} of ${all} image files in "${source}" cannot be used, and dataset.tolerate allows ${tolerate} of them ` +
        `(${Math.floor(tolerate * all)}): ${shown.join('; ')}${broken > shown.length ? `; and ${broken - shown.length} more` : ''}. ` +
        `Mend or remove them ("byol data ${source}" lists them), or raise dataset.tolerate to use the others.`,
    );
  }
  if (survey.problem !== null)
    throw new DatasetError(
      `"${source}" cannot be used: ${survey.problem} "byol data ${source}" says what each file was taken for.`,
    );
}
