import { comparePositions, type CheckpointPosition } from './checkpoint-manifest';
import { listManifests, readManifest, usableCheckpoints, type Checkpoint, type RunOf } from './checkpoint-restore';
import * as keys from './keys';
import type { ObjectStore } from './object-store';

/**
 * Removes checkpoints older than the newest `keep` usable ones, except those in `protect` (manifest keys). A manifest
 * goes before its state, so that no manifest ever points to nothing; damaged checkpoints do not count as kept.
 * @param keep at least 2: the newest may turn out to be damaged
 * @returns the manifest keys that were removed
 */
export async function pruneCheckpoints(
  store: ObjectStore,
  of: RunOf & { keep: number; protect?: readonly string[] },
): Promise<string[]> {
  if (!Number.isInteger(of.keep) || of.keep < 2) throw new RangeError(`keep must be at least 2, not ${of.keep}`);
  const kept = await newest(store, of, of.keep);
  if (kept.length < of.keep) return [];
  const oldest = (kept[kept.length - 1] as Checkpoint).manifest.position;
  const remaining = await listManifests(store, of);
  const spared = new Set([...(of.protect ?? []), ...kept.map(({ manifestKey }) => manifestKey)]);
  const removed = remaining.filter((key) => !spared.has(key) && isOlder(key, oldest));
  const blobs = await statesOnlyOf(store, of, removed, remaining);
  for (const key of removed) await store.delete(key);
  for (const blob of blobs) await store.delete(keys.checkpointBlob(of.experiment, of.run, blob));
  return removed;
}

async function newest(store: ObjectStore, of: RunOf, count: number): Promise<Checkpoint[]> {
  const found: Checkpoint[] = [];
  for await (const checkpoint of usableCheckpoints(store, of, [])) {
    if (found.push(checkpoint) === count) break;
  }
  return found;
}

function isOlder(key: string, than: CheckpointPosition): boolean {
  const position = keys.parseCheckpointManifest(key);
  return position !== null && comparePositions(position, than) < 0;
}

/** Digests of the states that the removed manifests name and no other manifest of the run does. */
async function statesOnlyOf(
  store: ObjectStore,
  of: RunOf,
  removed: readonly string[],
  all: readonly string[],
): Promise<Set<string>> {
  const leaving = new Set(removed);
  const states = new Set<string>();
  for (const key of removed) {
    const manifest = await readManifest(store, of, key);
    if (typeof manifest !== 'string') states.add(manifest.blobs.state.sha256);
  }
  for (const key of all) {
    const digest16 = keys.parseCheckpointManifest(key)?.digest16;
    if (leaving.has(key) || digest16 === undefined) continue;
    for (const state of states) if (state.startsWith(digest16)) states.delete(state);
  }
  return states;
}
