import { ObjectDamagedError } from '../storage/errors';
import { sha256 } from '../storage/integrity';
import { datasetBlob } from '../storage/keys';
import type { ObjectStore } from '../storage/object-store';
import type { DatasetManifest, DatasetSplit } from './manifest';

export type ImageShape = DatasetManifest['image'];

/** Most bytes of a shard; it holds whole images. */
export const shardBytes = 32 * 1024 * 1024;

export const imageBytes = ({ height, width, channels }: ImageShape) => height * width * channels;

/**
 * Stores bytes under their own digest. Bytes that are there already stay; if they turn out to be damaged they are
 * written anew.
 */
export async function storeBlob(store: ObjectStore, body: Buffer): Promise<{ sha256: string; bytes: number }> {
  const digest = sha256(body);
  const key = datasetBlob(digest);
  if ((await store.putIfAbsent(key, body)) === 'exists') await store.put(key, body);
  if ((await store.head(key))?.bytes !== body.length) {
    throw new ObjectDamagedError(`"${key}" in ${store.location} does not hold the ${body.length} bytes just written.`);
  }
  return { sha256: digest, bytes: body.length };
}

/**
 * Gathers images that arrive in pieces of any size into shards, and stores each as it fills: at most two shards are in
 * memory. Counts how often each value occurs in each channel on the way.
 */
export class ShardWriter {
  private readonly shards: DatasetSplit['shards'] = [];
  private readonly buffer: Buffer;
  private filled = 0;

  /**
   * @param toNhwc turns the images of one buffer into NHWC; without it they are that already
   * @param histogram counts these images too; of a split that comes in several files
   */
  constructor(
    private readonly store: ObjectStore,
    private readonly shape: ImageShape,
    private readonly toNhwc: (images: Buffer) => Buffer = (images) => images,
    private readonly histogram: Float64Array = histogramOf(shape),
  ) {
    const one = imageBytes(shape);
    this.buffer = Buffer.allocUnsafe(Math.max(1, Math.floor(shardBytes / one)) * one);
  }

  async write(bytes: Buffer): Promise<void> {
    for (let from = 0; from < bytes.length;) {
      const copied = bytes.copy(this.buffer, this.filled, from);
      from += copied;
      this.filled += copied;
      if (this.filled === this.buffer.length) await this.flush();
    }
  }

  /** @throws Error where the bytes do not end with an image; importers check sizes before */
  async end(): Promise<DatasetSplit> {
    await this.flush();
    return { count: this.shards.reduce((sum, { count }) => sum + count, 0), shards: this.shards };
  }

  /** Mean and standard deviation of each channel, where a value is 0 to 1; 1 for the deviation of a flat channel. */
  statistics(): DatasetManifest['normalize'] {
    return statisticsOf(this.histogram, this.shape);
  }

  private async flush(): Promise<void> {
    if (this.filled === 0) return;
    const images = this.toNhwc(this.buffer.subarray(0, this.filled));
    const { channels } = this.shape;
    for (let index = 0; index < images.length; index++) {
      const slot = (index % channels) * 256 + (images[index] as number);
      this.histogram[slot] = (this.histogram[slot] as number) + 1;
    }
    const count = images.length / imageBytes(this.shape);
    if (!Number.isInteger(count)) throw new Error('the images end in the middle of one');
    this.shards.push({ ...(await storeBlob(this.store, images)), count });
    this.filled = 0;
  }
}

/** How often each value occurs in each channel: [channels, 256]. */
export const histogramOf = ({ channels }: ImageShape) => new Float64Array(channels * 256);

/** See `ShardWriter.statistics`. */
export function statisticsOf(histogram: Float64Array, { channels }: ImageShape): DatasetManifest['normalize'] {
  const moments = Array.from({ length: channels }, (_, channel) =>
    momentsOf(histogram.subarray(channel * 256, (channel + 1) * 256)),
  );
  return { mean: moments.map(({ mean }) => mean), std: moments.map(({ std }) => std) };
}

function momentsOf(histogram: Float64Array): { mean: number; std: number } {
  let count = 0;
  let sum = 0;
  let squares = 0;
  histogram.forEach((times, value) => {
    count += times;
    sum += times * value;
    squares += times * value * value;
  });
  const mean = sum / count;
  const variance = Math.max(0, squares / count - mean * mean);
  return { mean: rounded(mean / 255), std: rounded(Math.sqrt(variance) / 255) || 1 };
}

/** Four digits, as such figures are usually stated: MNIST's are 0.1307 and 0.3081. */
const rounded = (value: number) => Math.round(value * 1e4) / 1e4;
