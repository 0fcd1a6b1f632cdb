import { z } from 'zod';

const digest = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.int().min(0);

export const shard = z.strictObject({ sha256: digest, bytes: count, count });
export type Shard = z.output<typeof shard>;

const split = z.strictObject({
  count,
  shards: z.array(shard).describe('raw uint8, [count, height, width, channels], in order'),
  labels: z.strictObject({ sha256: digest, bytes: count }).optional().describe('one uint8 an image, from 0'),
});

/** A dataset in the bucket: which objects hold which images, and what one needs to know to use them. */
export const datasetManifest = z.strictObject({
  format: z.literal('durable-byol-dataset/1'),
  kind: z.string(),
  image: z.strictObject({
    height: z.int().min(1),
    width: z.int().min(1),
    channels: z.union([z.literal(1), z.literal(3)]),
  }),
  classes: z.array(z.string()).min(2).max(256),
  normalize: z
    .strictObject({ mean: z.array(z.number()), std: z.array(z.number().positive()) })
    .describe('on a 0..1 scale'),
  splits: z.strictObject({ unlabelled: split.optional(), train: split, test: split }),
  origin: z.strictObject({
    source: z.string(),
    files: z.array(z.strictObject({ name: z.string(), bytes: count, md5: z.string() })),
  }),
});
export type DatasetManifest = z.output<typeof datasetManifest>;
export type SplitName = 'unlabelled' | 'train' | 'test';
