import { rm } from 'node:fs/promises';
import { checkpointHead, checkpointManifest, parseStored, type CheckpointManifest } from './checkpoint-manifest';
import { ObjectDamagedError, ObjectMissingError, StorageError } from './errors';
import * as keys from './keys';
import type { ObjectStore } from './object-store';

/** The state of a checkpoint is gone or is not what was stored; an older checkpoint may still be whole. */
export class CheckpointDamagedError extends StorageError {
  readonly retryable = false;
}

export interface RunOf {
  experiment: string;
  run: string;
}

export interface Checkpoint {
  manifestKey: string;
  manifest: CheckpointManifest;
}

/**
 * The newest checkpoint of a run whose manifest is whole and whose state has the right size, or null where there is
 * none; `skipped` has a sentence for each newer one that could not be used, also where none is left. HEAD first, then its parents, then whatever
 * the folder lists, newest first. The state's digest is not checked here: see `restoreLatestCheckpoint`.
 */
export async function latestCheckpoint(
  store: ObjectStore,
  of: RunOf,
  skipped: string[] = [],
): Promise<(Checkpoint & { skipped: string[] }) | null> {
  for await (const found of usableCheckpoints(store, of, skipped)) return { ...found, skipped };
  return null;
}

/**
 * Downloads the newest checkpoint whose state has the digest that its manifest states; a damaged one is left behind
 * for its parent. `checkpoint` is null where no usable one exists, and the run starts from zero: with `skipped` not
 * empty that is worth saying loudly.
 */
export async function restoreLatestCheckpoint(
  store: ObjectStore,
  of: RunOf,
  path: string,
): Promise<{ checkpoint: Checkpoint | null; skipped: string[] }> {
  const skipped: string[] = [];
  for await (const checkpoint of usableCheckpoints(store, of, skipped)) {
    try {
      await restoreState(store, of.experiment, checkpoint.manifest, path);
      return { checkpoint, skipped };
    } catch (error) {
      if (!(error instanceof CheckpointDamagedError)) throw error;
      skipped.push(`${checkpoint.manifestKey}: ${error.message}`);
    }
  }
  return { checkpoint: null, skipped };
}

/** As far as sizes tell, the most trusted first; what is passed over goes into `skipped`. */
export async function* usableCheckpoints(store: ObjectStore, of: RunOf, skipped: string[]): AsyncGenerator<Checkpoint> {
  for await (const { manifestKey, manifest } of candidates(store, of, skipped)) {
    const problem = typeof manifest === 'string' ? manifest : await stateProblem(store, of, manifest);
    if (problem === null) yield { manifestKey, manifest: manifest as CheckpointManifest };
    else skipped.push(`${manifestKey}: ${problem}`);
  }
}

/**
 * Downloads the state of a checkpoint to `path`, which appears only when its SHA-256 is right.
 * @throws CheckpointDamagedError
 */
export async function restoreState(
  store: ObjectStore,
  experiment: string,
  manifest: CheckpointManifest,
  path: string,
): Promise<void> {
  const { sha256 } = manifest.blobs.state;
  try {
    await store.download(keys.checkpointBlob(experiment, manifest.run, sha256), path, sha256);
  } catch (error) {
    if (!(error instanceof ObjectDamagedError) && !(error instanceof ObjectMissingError)) throw error;
    await rm(path, { force: true });
    const { epoch, step } = manifest.position;
    throw new CheckpointDamagedError(
      `The checkpoint of "${manifest.run}" at epoch ${epoch}, step ${step} cannot be used. ${error.message} An older ` +
        `checkpoint is used where there is one.`,
      { cause: error },
    );
  }
}

/** Manifests to try, the most trusted first, each once; or what is wrong with one. */
async function* candidates(
  store: ObjectStore,
  of: RunOf,
  skipped: string[],
): AsyncGenerator<{ manifestKey: string; manifest: CheckpointManifest | string }> {
  const seen = new Set<string>();
  const headKey = keys.checkpointHead(of.experiment, of.run);
  const stored = await store.getIfPresent(headKey);
  const head = stored && parseStored(checkpointHead, stored.body);
  if (stored !== null && head === null) skipped.push(`${headKey}: is not a whole HEAD file`);
  for (let key: string | null = head?.manifestKey ?? null; key !== null && !seen.has(key);) {
    seen.add(key);
    const manifest = await readManifest(store, of, key);
    yield { manifestKey: key, manifest };
    key = typeof manifest === 'string' ? null : manifest.parent;
  }
  for (const manifestKey of await listManifests(store, of)) {
    if (!seen.has(manifestKey)) yield { manifestKey, manifest: await readManifest(store, of, manifestKey) };
  }
}

/** Keys of a run's manifests, newest position first. */
export async function listManifests(store: ObjectStore, { experiment, run }: RunOf): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of store.list(keys.checkpointManifests(experiment, run))) {
    if (keys.parseCheckpointManifest(key) !== null) found.push(key);
  }
  return found.sort().reverse();
}

/** The manifest, or what is wrong with it: nothing that HEAD or a parent names is trusted to be a manifest. */
export async function readManifest(
  store: ObjectStore,
  { experiment, run }: RunOf,
  key: string,
): Promise<CheckpointManifest | string> {
  if (!key.startsWith(keys.checkpointManifests(experiment, run))) return 'is no checkpoint of this run';
  const stored = await store.getIfPresent(key);
  if (stored === null) return 'the manifest is gone';
  const manifest = parseStored(checkpointManifest, stored.body);
  if (manifest === null) return `the manifest is damaged (${stored.body.length} bytes)`;
  const belongs = keys.checkpointManifest(experiment, manifest.run, manifest.position, manifest.blobs.state.sha256);
  return belongs === key ? manifest : `the manifest belongs under ${belongs}`;
}

/** What is wrong with the state's object as far as its size tells, or null. */
async function stateProblem(store: ObjectStore, of: RunOf, manifest: CheckpointManifest): Promise<string | null> {
  const { sha256, bytes } = manifest.blobs.state;
  const found = await store.head(keys.checkpointBlob(of.experiment, of.run, sha256));
  if (found === null) return 'its state is gone';
  return found.bytes === bytes ? null : `its state should have ${bytes} bytes and has ${found.bytes}`;
}
