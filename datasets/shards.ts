import { sha256 } from '../storage/canonical-json';
import * as keys from '../storage/keys';
import type { ObjectStore } from '../storage/object-store';
import type { Shard } from './manifest';

/** Bytes of a shard at most: small enough to hold two in memory while one is uploaded. */
const shardBytes = 32 * 2 ** 20;

/** Collects images and stores them in shards as they fill. */
export class ShardWriter {
  readonly shards: Shard[] = [];
  private readonly buffer: Buffer;
  private filled = 0;

  /** @param imageBytes height x width x channels */
  constructor(
    private readonly store: ObjectStore,
    private readonly imageBytes: number,
  ) {
    this.buffer = Buffer.alloc(Math.max(1, Math.floor(shardBytes / imageBytes)) * imageBytes);
  }

  /** Takes one image, raw uint8 [height, width, channels]. */
  async add(image: Uint8Array): Promise<void> {
    this.buffer.set(image, this.filled);
    this.filled += this.imageBytes;
    if (this.filled === this.buffer.length) await this.flush();
  }

  async flush(): Promise<void> {
    if (this.filled === 0) return;
    const bytes = Buffer.from(this.buffer.subarray(0, this.filled));
    this.shards.push({ ...(await storeBlob(this.store, bytes)), count: this.filled / this.imageBytes });
    this.filled = 0;
  }
}

/** Stores bytes under their SHA-256. */
export async function storeBlob(store: ObjectStore, bytes: Buffer): Promise<{ sha256: string; bytes: number }> {
  const digest = sha256(bytes);
  const key = keys.datasetBlob(digest);
  if ((await store.head(key))?.bytes !== bytes.length) await store.put(key, bytes);
  return { sha256: digest, bytes: bytes.length };
}
