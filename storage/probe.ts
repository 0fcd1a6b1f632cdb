import { randomUUID } from 'node:crypto';
import { StorageUnsuitableError } from './errors';
import type { ObjectStore } from './object-store';

/**
 * Tries what the checkpoints rely on, with one small object of its own that it removes again: that the bucket is there,
 * that the credentials may write, read and delete, that conditional writes are honoured, and that of two writers who
 * race for a key one wins. Some servers accept the conditions and ignore them, and two workers would then overwrite
 * each other's checkpoints.
 * @throws StorageError with the remedy
 */
export async function probeStore(store: ObjectStore): Promise<void> {
  const key = `probe/${randomUUID()}`;
  try {
    await probeRace(store, key);
    await probeSwap(store, key);
  } finally {
    await store.delete(key).catch(() => undefined);
  }
}

async function probeRace(store: ObjectStore, key: string): Promise<void> {
  const writers = ['first', 'second'].map((name) => store.putIfAbsent(key, Buffer.from(name)));
  const won = (await Promise.all(writers)).filter((outcome) => outcome === 'created').length;
  const late = await store.putIfAbsent(key, Buffer.from('late'));
  if (won !== 1 || late !== 'exists') throw ignored(store, 'If-None-Match: *');
}

async function probeSwap(store: ObjectStore, key: string): Promise<void> {
  const before = await store.getIfPresent(key);
  if (before === null) throw ignored(store, 'read after write');
  const swapped = await store.replace(key, Buffer.from('swapped'), before.etag);
  const stale = await store.replace(key, Buffer.from('stale'), before.etag);
  const after = await store.get(key);
  if (swapped !== 'replaced' || stale !== 'conflict' || after.toString() !== 'swapped')
    throw ignored(store, 'If-Match');
}

function ignored(store: ObjectStore, condition: string): StorageUnsuitableError {
  return new StorageUnsuitableError(
    `The object storage ${store.location} does not honour "${condition}" on writes, so that two workers could overwrite ` +
      `each other's checkpoints. Use one that does: Amazon S3, SeaweedFS 4.48, MinIO, Cloudflare R2, or the local one ` +
      `that "byol up" starts.`,
  );
}
