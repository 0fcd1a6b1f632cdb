import { StorageError } from './errors';
import { sha256 } from './integrity';
import { seal } from './keys';
import type { ObjectStore } from './object-store';

/** A record that is written once and for all is not what was written. */
export class RecordEditedError extends StorageError {
  readonly retryable = false;
}

/**
 * Writes a record once and for all, and its SHA-256 beside it, in the form that `sha256sum -c` reads. What was trained
 * belongs to the sealed record: one that was removed or edited is not replaced by another.
 *
 * @param results the prefix under which lies what only a record leads to
 * @returns as `putIfAbsent` does
 * @throws RecordEditedError
 */
export async function putSealed(
  store: ObjectStore,
  key: string,
  body: Buffer,
  results: string,
): Promise<'created' | 'exists'> {
  const known = await sealOf(store, key);
  if (known === null) await refuseOrphans(store, key, results);
  if (known !== null && known !== sha256(body)) {
    const there = await store.getIfPresent(key);
    if (there && sha256(there.body) === known) return 'exists';
    throw edited(store, key, known, there && sha256(there.body));
  }
  const put = await store.putIfAbsent(key, body, { contentType: 'application/json' });
  const found = put === 'created' ? body : await store.get(key);
  if (known !== null && put === 'exists') throw edited(store, key, known, sha256(found));
  // None yet, or one whose writer was killed, or was of an older version.
  await store.putIfAbsent(seal(key), Buffer.from(`${sha256(found)}  ${key.split('/').at(-1)}\n`));
  return put;
}

/** Results without a record are of settings that nobody knows any more. */
async function refuseOrphans(store: ObjectStore, key: string, results: string): Promise<void> {
  // Listed first: who wrote a result in between has a record by now.
  for await (const orphan of store.list(results)) {
    if ((await store.head(key)) !== null) return;
    throw new RecordEditedError(
      `${store.location} has results of an earlier start under this name (${orphan.key}), and no ${key}, which says what their ` +
        `settings were: somebody removed it. Put it back; or start under a new name; or remove ${results} as well.`,
    );
  }
}

/**
 * A record as `putSealed` wrote it, or one without a seal, which older versions wrote.
 * @throws RecordEditedError, ObjectMissingError
 */
export async function getSealed(store: ObjectStore, key: string): Promise<Buffer> {
  const body = await store.get(key);
  const known = await sealOf(store, key);
  if (known === null || known === sha256(body)) return body;
  throw edited(store, key, known, sha256(body));
}

async function sealOf(store: ObjectStore, key: string): Promise<string | null> {
  const stored = await store.getIfPresent(seal(key));
  if (!stored) return null;
  const [digest = ''] = stored.body.toString('latin1').trim().toLowerCase().split(/\s/);
  if (/^[0-9a-f]{64}$/.test(digest)) return digest;
  throw new RecordEditedError(
    `${seal(key)} in ${store.location} is damaged: it should begin with the SHA-256 of ${key}, by which it is known that nobody ` +
      `edited that. Put it back; or, where you are sure of ${key}, remove ${seal(key)}.`,
  );
}

function edited(store: ObjectStore, key: string, known: string, found: string | null): RecordEditedError {
  const what = found === null ? 'is gone' : `has the SHA-256 ${found.slice(0, 16)}...`;
  return new RecordEditedError(
    `${key} in ${store.location} is not what was written when it was started: it ${what}, and ${seal(key)} has ` +
      `${known.slice(0, 16)}... Somebody edited or removed it, or it is damaged. What was trained so far belongs to the old ` +
      `settings: put them back, or start the changed ones under a new name.`,
  );
}
