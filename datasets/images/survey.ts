import { z } from 'zod';
import { arrangeImages, type Arrangement } from './arrangement';
import type { ImageLayout } from './decode';
import { naturalOrder } from './class-order';
import { examineImages, type Examination, type ExaminedImage, type LeftOutFile } from './examine';
import type { ImageListing } from './listing';
import { overlaps, overlapSchema } from './overlaps';

const count = z.int().min(0);
const side = z.strictObject({ width: count, height: count });

/** What the files of a dataset are; kept with it, printed by `byol data`, shown in the report. */
export const surveySchema = z.strictObject({
  format: z.literal('durable-byol-survey/1'),
  layout: z.strictObject({
    size: count,
    channels: z.union([z.literal(1), z.literal(3)]),
    fit: z.enum(['crop', 'stretch', 'pad']),
  }),
  /** files, without those that are passed over quietly (hidden ones and the like) */
  found: count,
  /** images in the splits; found = used + skipped */
  used: count,
  skipped: z.array(
    z.strictObject({
      reason: z.string(),
      /** counts against the spec's `tolerate` */
      broken: z.boolean(),
      count,
      /** the first of them */
      files: z.array(z.strictObject({ path: z.string(), detail: z.string() })),
    }),
  ),
  /** images used */
  splits: z.strictObject({ train: count, validation: count, test: count, unlabelled: count }),
  classes: z.array(z.strictObject({ name: z.string(), train: count, validation: count, test: count, skipped: count })),
  formats: z.record(z.string(), count),
  /** images that were turned, had 16 bits, and so on */
  traits: z.record(z.string(), count),
  /** of the files' images, in pixels; null without any. Median: of widths and of heights */
  sizes: z.strictObject({ smallest: side, median: side, largest: side }).nullable(),
  ...overlapSchema,
  remarks: z.array(z.string()),
  /** why no experiment can be made of this */
  problem: z.string().nullable(),
});
export type Survey = z.output<typeof surveySchema>;

/** Most names that a survey holds of one kind. */
export const mostNames = 20;

/**
 * Looks at every file without importing anything.
 * @param testFraction of each class, where the source has no test images
 */
export async function surveyImages(
  listing: ImageListing,
  layout: ImageLayout,
  testFraction: number,
  { signal, onDone = () => undefined }: { signal: AbortSignal; onDone?: (files: number) => void },
): Promise<Survey> {
  const examination = await examineImages(listing.files, layout, signal, onDone);
  return surveyOf(listing, examination, arrangeImages(examination.used, testFraction), layout);
}

/** What was found, in the form that is kept. */
export function surveyOf(
  listing: ImageListing,
  { used, leftOut }: Examination,
  arrangement: Arrangement,
  { size, channels, fit }: ImageLayout,
): Survey {
  const { train, validation, test, unlabelled } = arrangement;
  const skipped: LeftOutFile[] = [
    ...leftOut,
    ...arrangement.leftOut,
    ...listing.skipped.map(({ path, reason }) => ({ path, label: null, reason, detail: reason, broken: false })),
  ];
  return {
    format: 'durable-byol-survey/1',
    layout: { size, channels, fit },
    found: listing.files.length + listing.skipped.length,
    used: train.length + validation.length + test.length + unlabelled.length,
    skipped: byReason(skipped),
    splits: { train: train.length, validation: validation.length, test: test.length, unlabelled: unlabelled.length },
    classes: classCounts(arrangement, skipped),
    formats: Object.fromEntries(tally(used.map(({ format }) => format))),
    traits: Object.fromEntries(tally(used.flatMap(({ traits }) => traits))),
    sizes: sizesOf(used),
    ...overlaps(arrangement),
    remarks: [...listing.remarks, ...unusableClasses(arrangement, leftOut), ...arrangement.remarks],
    problem: arrangement.problem,
  };
}

function unusableClasses({ classes }: Arrangement, leftOut: LeftOutFile[]): string[] {
  const lost = new Set(leftOut.flatMap(({ label }) => label?.normalize('NFC') ?? []));
  const names = [...lost].filter((name) => !classes.includes(name)).sort(naturalOrder);
  return names.map((name) => `No file of "${name}" is an image that can be used to train on: it makes no class.`);
}

/** Files that were meant to be images and cannot be used. */
export const brokenCount = ({ skipped }: Pick<Survey, 'skipped'>) =>
  skipped.reduce((sum, { broken, count: files }) => sum + (broken ? files : 0), 0);

function byReason(files: LeftOutFile[]): Survey['skipped'] {
  const groups = new Map<string, Survey['skipped'][number]>();
  for (const { reason, broken, path, detail } of files) {
    const group = groups.get(reason) ?? { reason, broken, count: 0, files: [] };
    group.count++;
    if (group.files.length < mostNames) group.files.push({ path, detail });
    groups.set(reason, group);
  }
  return [...groups.values()].sort((a, b) => Number(b.broken) - Number(a.broken) || b.count - a.count);
}

/** Classes of train; a class of which nothing can be used stands at the end, so that it is not lost in silence. */
function classCounts({ classes, train, validation, test }: Arrangement, skipped: LeftOutFile[]): Survey['classes'] {
  const labels = (of: { label: string | null }[]) => tally(of.flatMap(({ label }) => label?.normalize('NFC') ?? []));
  const lost = labels(skipped);
  const counts = { train: labels(train), validation: labels(validation), test: labels(test) };
  const others = [...lost.keys()].filter((name) => !classes.includes(name)).sort(naturalOrder);
  return [...classes, ...others].map((name) => ({
    name,
    train: counts.train.get(name) ?? 0,
    validation: counts.validation.get(name) ?? 0,
    test: counts.test.get(name) ?? 0,
    skipped: lost.get(name) ?? 0,
  }));
}

/** How often each stands there, the most frequent first. */
function tally(names: string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return new Map([...counts].sort(([, a], [, b]) => b - a));
}

function sizesOf(images: readonly ExaminedImage[]): Survey['sizes'] {
  const byArea = [...images].sort((a, b) => a.width * a.height - b.width * b.height);
  const [smallest, largest] = [byArea[0], byArea.at(-1)];
  if (!smallest || !largest) return null;
  const middle = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1] as number;
  return {
    smallest: { width: smallest.width, height: smallest.height },
    median: { width: middle(images.map(({ width }) => width)), height: middle(images.map(({ height }) => height)) },
    largest: { width: largest.width, height: largest.height },
  };
}
