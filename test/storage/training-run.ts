import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256 } from '../../storage/integrity';
import { commitCheckpoint } from '../../storage/checkpoint';
import { restoreLatestCheckpoint } from '../../storage/checkpoint-restore';
import * as keys from '../../storage/keys';
import { openObjectStore, type ObjectStore } from '../../storage/object-store';
import { startObjectStore, type ObjectStoreServer } from '../servers/object-store';

export const run = 'seed-1/pretraining';
export const stateOf = (epoch: number, variant = '') =>
  Buffer.from(`weights after epoch ${epoch}${variant} `.repeat(1000));

/** One run of an experiment of its own that commits small checkpoints to a real server. */
export interface TrainingRun {
  server: ObjectStoreServer;
  store: ObjectStore;
  folder: string;
  experiment: string;
  of: { experiment: string; run: string };
  headKey: string;
  blobKey(state: Buffer): string;
  /** Commits ten steps an epoch; `variant` makes other weights, `from` is the store to use. */
  commit(
    epoch: number,
    o?: { parentKey?: string | null; variant?: string; from?: ObjectStore },
  ): Promise<{ manifestKey: string; digest: string }>;
  commitChain(epochs: number): Promise<string[]>;
  restored(): Promise<{ epoch: number | null; state: string | null; skipped: string[] }>;
  objects(prefix: string): Promise<string[]>;
}

/** A server for a test file, and a function that begins a run with a name of its own for each test. */
export async function startRuns(): Promise<{ begin(): TrainingRun; stop(): Promise<void> }> {
  const server = await startObjectStore();
  const folder = await mkdtemp(join(tmpdir(), 'byol-checkpoint-'));
  const store = openObjectStore(server.with({ prefix: 'checkpoints' }));
  let begun = 0;
  return {
    begin: () => beginRun(server, store, folder, `experiment-${begun++}`),
    stop: async () => {
      store.close();
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function beginRun(server: ObjectStoreServer, store: ObjectStore, folder: string, experiment: string): TrainingRun {
  const of = { experiment, run };
  const commit: TrainingRun['commit'] = async (epoch, o = {}) => {
    const stateFile = join(folder, `state-${randomBytes(4).toString('hex')}`);
    await writeFile(stateFile, stateOf(epoch, o.variant));
    const position = { epoch, step: epoch * 10 };
    const made = { ...of, position, program: 'program-1', stateFile, metadata: { epoch } };
    return commitCheckpoint(o.from ?? store, { ...made, parentKey: o.parentKey ?? null }).finally(() => rm(stateFile));
  };
  return {
    server,
    store,
    folder,
    experiment,
    of,
    headKey: keys.checkpointHead(experiment, run),
    blobKey: (state) => keys.checkpointBlob(experiment, run, sha256(state)),
    commit,
    commitChain: async (epochs) => {
      const made: string[] = [];
      for (let epoch = 1; epoch <= epochs; epoch++) {
        made.push((await commit(epoch, { parentKey: made.at(-1) ?? null })).manifestKey);
      }
      return made;
    },
    restored: async () => {
      const path = join(folder, 'restored');
      await rm(path, { force: true });
      const { checkpoint, skipped } = await restoreLatestCheckpoint(store, of, path);
      const state = checkpoint === null ? null : (await readFile(path)).toString();
      return { epoch: checkpoint?.manifest.position.epoch ?? null, state, skipped };
    },
    objects: async (prefix) => {
      const found: string[] = [];
      for await (const { key } of store.list(prefix)) found.push(key);
      return found;
    },
  };
}
