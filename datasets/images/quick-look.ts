import type { DatasetFacts } from '../../experiment/named-datasets';
import { DatasetError } from '../errors';
import { readImage, UndecodableError, type DecodedImage } from './decode';
import { promisesImage } from './format';
import { readImageFile } from './image-file';
import { filesAtOnce, inParallel } from './in-parallel';
import type { ImageFile, ImageListing } from './listing';

export interface QuickLook {
  facts: DatasetFacts;
  /** To decode all of them here. */
  secondsToImport: number;
}

/** Files that are decoded, evenly spread; of the others the name decides, as far as a plan has to know. */
const sampleSize = 200;

/**
 * What a plan has to know of a collection of images, without decoding all of it: counts are those of files that seem to
 * be images, and an import may find some of them broken.
 * @param testFraction of each class, where the source has no test images
 * @throws DatasetError where no file is an image; the signal's own reason
 */
export async function quickLook(listing: ImageListing, testFraction: number, signal: AbortSignal): Promise<QuickLook> {
  const { files } = listing;
  const step = Math.max(1, files.length / sampleSize);
  const places = Array.from({ length: Math.min(files.length, sampleSize) }, (_, at) => Math.floor(at * step));
  const decoded = new Map<number, DecodedImage | null>();
  const from = performance.now();
  await inParallel(places, filesAtOnce(), signal, async (place) => {
    decoded.set(place, await tryToRead(files[place] as ImageFile));
  });
  const seconds = (performance.now() - from) / 1000;
  const images = [...decoded.values()].filter((image) => image !== null);
  if (images.length === 0)
    throw new DatasetError(
      `No image was found in "${listing.root}" (${files.length} files, ${decoded.size} looked at). "byol data ${listing.root}" says ` +
        `what each file was taken for.`,
    );
  const usable = files.filter(({ path }, at) => (decoded.has(at) ? decoded.get(at) : promisesImage(path)));
  const sides = images.map(({ width, height }) => Math.min(width, height)).sort((a, b) => a - b);
  return {
    facts: {
      ...countOf(usable, testFraction, decoded.size === files.length),
      channels: images.every(({ traits }) => traits.includes('grey')) ? 1 : 3,
      pixels: sides[sides.length >> 1] as number,
    },
    secondsToImport: (seconds / decoded.size) * files.length,
  };
}

async function tryToRead({ file }: ImageFile): Promise<DecodedImage | null> {
  try {
    return await readImage(await readImageFile(file), { size: 64, channels: 3, fit: 'crop' });
  } catch (error) {
    if (error instanceof UndecodableError || (error as { code?: string }).code !== undefined) return null;
    throw error;
  }
}

/** @param exact every file was decoded; else a class may turn out smaller, and the plan keeps off its limit */
function countOf(files: readonly ImageFile[], testFraction: number, exact: boolean) {
  const labelled = files.filter(({ label, split }) => label !== null && split !== 'unlabelled');
  const tally = (wanted: readonly ImageFile['split'][]) => {
    const counts = new Map<string, number>();
    for (const { label, split } of labelled)
      if (wanted.includes(split)) counts.set(label as string, (counts.get(label as string) ?? 0) + 1);
    return counts;
  };
  const sum = (counts: Iterable<number>) => [...counts].reduce((total, count) => total + count, 0);
  const own = tally(['train', null]);
  const given = { test: sum(tally(['test']).values()), validation: sum(tally(['validation']).values()) };
  const aside = (count: number) => (count < 2 ? 0 : Math.min(count - 1, Math.max(1, Math.round(count * testFraction))));
  const test = given.test || sum([...own.values()].map(aside));
  const train = [...own.values()].map((count) => count - (given.test ? 0 : aside(count)));
  const smallest = Math.min(...train, Number.MAX_SAFE_INTEGER);
  const unlabelled = files.filter(
    ({ label, split }) => split === 'unlabelled' || (label === null && (split === 'train' || split === null)),
  ).length;
  return {
    train: sum(train) + given.validation,
    test,
    ...(given.validation > 0 ? { validation: given.validation } : {}),
    ...(unlabelled > 0 ? { unlabelled } : {}),
    smallestClass: train.length === 0 ? 0 : exact ? smallest : Math.floor(smallest * 0.95),
    classes: own.size,
  };
}
