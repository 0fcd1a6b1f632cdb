import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Json } from './integrity';
import {
  checkpointHead,
  comparePositions,
  parseStored,
  type CheckpointHead,
  type CheckpointManifest,
  type CheckpointPosition,
} from './checkpoint-manifest';
import { readManifest, restoreLatestCheckpoint, type RunOf } from './checkpoint-restore';
import { ObjectDamagedError, StorageError, StorageUnreachableError } from './errors';
import * as keys from './keys';
import type { ObjectStore } from './object-store';
import { hashFile } from './transfer';

/** Another attempt has committed this position or a later one: start again from the newest checkpoint. */
export class CheckpointSupersededError extends StorageError {
  readonly retryable = true;
}

export interface NewCheckpoint extends RunOf {
  position: CheckpointPosition;
  /** hash of the program that wrote the state */
  program: string;
  /** path of the file with the state; it is streamed, never read whole */
  stateFile: string;
  metadata: Record<string, Json>;
  /** manifest key of the checkpoint that training went on from */
  parentKey: string | null;
}

/**
 * Stores a checkpoint: the state under its own digest, then an immutable manifest, then HEAD by compare-and-swap. A
 * kill between any two of them leaves the last checkpoint as it was, and committing again is the way on: every step
 * looks at what is there. HEAD never moves to an older position, so that an attempt that was given up but goes on
 * running cannot win; only a newest checkpoint that turns out to be damaged may be replaced.
 * @returns the manifest's key and the SHA-256 of the state
 * @throws CheckpointSupersededError
 */
export async function commitCheckpoint(
  store: ObjectStore,
  checkpoint: NewCheckpoint,
): Promise<{ manifestKey: string; digest: string }> {
  const { experiment, run, position, stateFile } = checkpoint;
  const state = await hashFile(stateFile);
  const manifestKey = keys.checkpointManifest(experiment, run, position, state.sha256);
  const head: CheckpointHead = { format: 'durable-byol-head/1', manifestKey, position, digest: state.sha256 };
  await currentHead(store, checkpoint, head);
  await storeState(store, keys.checkpointBlob(experiment, run, state.sha256), stateFile, state);
  await storeManifest(store, manifestKey, checkpoint, state);
  await moveHead(store, checkpoint, head);
  return { manifestKey, digest: state.sha256 };
}

async function storeState(
  store: ObjectStore,
  key: string,
  file: string,
  state: { sha256: string; bytes: number },
): Promise<void> {
  const there = await store.head(key);
  if (there?.bytes === state.bytes && (await isWhole(store, key, `${file}.stored`, state.sha256))) return;
  await store.upload(file, key, state.sha256);
}

async function isWhole(store: ObjectStore, key: string, scratch: string, sha256: string): Promise<boolean> {
  try {
    await store.download(key, scratch, sha256);
    return true;
  } catch (error) {
    if (error instanceof ObjectDamagedError) return false;
    throw error;
  } finally {
    await rm(scratch, { force: true });
  }
}

async function storeManifest(
  store: ObjectStore,
  key: string,
  checkpoint: NewCheckpoint,
  state: { sha256: string; bytes: number },
): Promise<void> {
  const { run, position, program, metadata, parentKey } = checkpoint;
  const manifest: CheckpointManifest = {
    format: 'durable-byol-checkpoint/1',
    run,
    position,
    program,
    blobs: { state },
    metadata,
    parent: parentKey,
    createdAt: new Date().toISOString(),
  };
  const body = Buffer.from(JSON.stringify(manifest, null, 1));
  if ((await store.putIfAbsent(key, body, { contentType: 'application/json' })) === 'created') return;
  // The same state at the same position, committed by an earlier attempt: keep that manifest if it is whole.
  const earlier = await readManifest(store, checkpoint, key);
  if (typeof earlier === 'string' || earlier.program !== program) await store.put(key, body);
}

const swaps = 10;

async function moveHead(store: ObjectStore, of: NewCheckpoint, head: CheckpointHead): Promise<void> {
  const key = keys.checkpointHead(of.experiment, of.run);
  const body = Buffer.from(JSON.stringify(head, null, 1));
  for (let tried = 1; tried <= swaps; tried++) {
    const current = await currentHead(store, of, head);
    if (current.isThis) return;
    if ((await store.replace(key, body, current.etag)) === 'replaced') return;
    await sleep(20 * tried);
  }
  throw new StorageUnreachableError(
    `"${key}" in ${store.location} kept changing while a checkpoint was being committed. Look whether several workers ` +
      `run the same experiment; the next attempt goes on from the newest checkpoint.`,
  );
}

/** HEAD's ETag, after making sure that `next` may take its place. @throws CheckpointSupersededError */
async function currentHead(
  store: ObjectStore,
  of: NewCheckpoint,
  next: CheckpointHead,
): Promise<{ etag: string | null; isThis: boolean }> {
  const stored = await store.getIfPresent(keys.checkpointHead(of.experiment, of.run));
  const etag = stored?.etag ?? null;
  const head = stored && parseStored(checkpointHead, stored.body);
  if (head !== null && comparePositions(next.position, head.position) > 0) return { etag, isThis: false };
  if (head !== null && head.manifestKey === next.manifestKey) return { etag, isThis: true };
  // HEAD is missing, unreadable, or not older: the newest checkpoint that can really be restored decides.
  const scratch = `${of.stateFile}.newest`;
  const { checkpoint } = await restoreLatestCheckpoint(store, of, scratch);
  await rm(scratch, { force: true });
  const newer = checkpoint && comparePositions(next.position, checkpoint.manifest.position) <= 0;
  if (newer && checkpoint.manifestKey !== next.manifestKey) throw superseded(of, checkpoint.manifest);
  return { etag, isThis: false };
}

function superseded(of: NewCheckpoint, newest: CheckpointManifest): CheckpointSupersededError {
  return new CheckpointSupersededError(
    `The checkpoint of "${of.run}" at epoch ${of.position.epoch}, step ${of.position.step} was not committed: another ` +
      `attempt has already committed epoch ${newest.position.epoch}, step ${newest.position.step} with a state of its ` +
      `own. This attempt is over; the next one goes on from there.`,
  );
}
