import { StorageError } from './errors';
import { sha256 } from './integrity';
import { seal } from './keys';
import type { ObjectStore } from './object-store';

/** A record that is written once and for all is not what was written. */
export class RecordEditedError extends StorageError {
  readonly retryable = false;
}

/**
 * Writes a record once and for all, and its SHA-256 beside it, in the form that `sha256sum -c` reads.
 * @returns as `putIfAbsent` does
 */
export async function putSealed(store: ObjectStore, key: string, body: Buffer): Promise<'created' | 'exists'> {
  const put = await store.putIfAbsent(key, body, { contentType: 'application/json' });
  // One that was deleted may have left its seal behind.
  if (put === 'created') await store.put(seal(key), Buffer.from(`${sha256(body)}  ${key.split('/').at(-1)}\n`));
  return put;
}

/**
 * A record as `putSealed` wrote it, or one without a seal, which older versions wrote.
 * @throws RecordEditedError, ObjectMissingError
 */
export async function getSealed(store: ObjectStore, key: string): Promise<Buffer> {
  const body = await store.get(key);
  const sealed = (await store.getIfPresent(seal(key)))?.body.toString('utf8').slice(0, 64);
  if (sealed === undefined || sealed === sha256(body)) return body;
  throw new RecordEditedError(
    `${key} in ${store.location} is not what was written when it was started: its SHA-256 is ${sha256(body).slice(0, 16)}..., ` +
      `and ${seal(key)} has ${sealed.slice(0, 16)}... Somebody edited it, or it is damaged. What was trained so far belongs to ` +
      `the old settings: put them back, or start the changed ones under a new name.`,
  );
}
