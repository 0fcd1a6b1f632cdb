import { z } from 'zod';
import { datasetKinds } from '../experiment/datasets';
import { canonicalJson } from '../experiment/digest';
import { sha256Hex } from '../experiment/file-digests';
import { sha256 } from '../storage/integrity';

const whole = z.int().min(0);
const unit = z.number().min(0).max(1);

const blob = z.strictObject({ sha256: sha256Hex, bytes: whole });

const split = z.strictObject({
  /** images */
  count: z.int().min(1),
  /** uint8 images, NHWC, in this order; each shard is a whole number of images */
  shards: z.array(z.strictObject({ sha256: sha256Hex, bytes: whole, count: z.int().min(1) })).min(1),
  /** class of each image, from 0: uint8, with more than 256 classes uint16 little-endian */
  labels: blob.optional(),
  /** JSON array of each image's path in the source */
  names: blob.optional(),
});
/** The last `validation` images were given to choose settings on; without it they are drawn. */
const trainSplit = split.extend({
  validation: z.int().min(1).optional(),
  /** JSON: lists of places, of which a seed takes one as its labelled images */
  folds: blob.optional(),
});
export type DatasetSplit = z.output<typeof split>;

export const splitNames = ['unlabelled', 'train', 'test'] as const;
export type SplitName = (typeof splitNames)[number];

/** Every dataset, whatever it was imported from: uint8 images in shards, each an object named by its SHA-256. */
export const datasetManifest = z
  .strictObject({
    format: z.literal('durable-byol-dataset/1'),
    /** as in the spec */
    kind: z.enum(datasetKinds),
    image: z.strictObject({
      height: z.int().min(1).max(4096),
      width: z.int().min(1).max(4096),
      channels: z.union([z.literal(1), z.literal(3)]),
    }),
    classes: z.array(z.string().min(1)).min(2).max(65_536),
    /** of the training split, by channel, where a pixel is 0 to 1 */
    normalize: z.strictObject({ mean: z.array(unit), std: z.array(z.number().positive().max(1)) }),
    splits: z.strictObject({ unlabelled: split.optional(), train: trainSplit, test: split }),
    /** JSON of what the files were, see images/survey.ts; for images of one's own */
    survey: blob.optional(),
    origin: z.strictObject({
      source: z.string(),
      files: z.array(z.strictObject({ name: z.string(), bytes: whole, md5: z.string() })),
    }),
  })
  .superRefine((manifest, context) => {
    const { height, width, channels } = manifest.image;
    for (const name of splitNames) {
      const { shards, count, labels } = manifest.splits[name] ?? { shards: [], count: 0, labels: undefined };
      const images = shards.reduce((sum, shard) => sum + shard.count, 0);
      const fits = shards.every((shard) => shard.bytes === shard.count * height * width * channels);
      if (images !== count || !fits || (labels && labels.bytes !== count * labelBytes(manifest))) {
        context.addIssue({ code: 'custom', path: ['splits', name], message: 'the counts and sizes do not agree' });
      }
    }
    const { count, validation = 0 } = manifest.splits.train;
    if (validation >= count) {
      context.addIssue({
        code: 'custom',
        path: ['splits', 'train', 'validation'],
        message: 'leaves nothing to train on',
      });
    }
    for (const name of ['mean', 'std'] as const) {
      if (manifest.normalize[name].length === channels) continue;
      context.addIssue({ code: 'custom', path: ['normalize', name], message: `needs ${channels} numbers` });
    }
  });
export type DatasetManifest = z.output<typeof datasetManifest>;

/** Bytes of one label. */
export const labelBytes = ({ classes }: { classes: readonly string[] }) => (classes.length > 256 ? 2 : 1);

/** Every object that a manifest names. */
export function blobsOf(manifest: DatasetManifest): { sha256: string; bytes: number }[] {
  const ofSplits = splitNames.flatMap((name) => {
    const { shards = [], labels, names } = manifest.splits[name] ?? {};
    return [...shards, ...(labels ? [labels] : []), ...(names ? [names] : [])];
  });
  const { folds } = manifest.splits.train;
  return [...ofSplits, ...(folds ? [folds] : []), ...(manifest.survey ? [manifest.survey] : [])];
}

/** Names the content: the SHA-256 of the manifest's canonical JSON without the place it was fetched from. */
export function manifestDigest(manifest: DatasetManifest): string {
  const { origin, ...content } = manifest;
  return sha256(canonicalJson({ ...content, origin: { files: origin.files } }));
}
