import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { workerEnvironment } from '../../infra/dev-stack/worker-environment';
import { startDevStack, type DevStack } from '../../infra/dev-stack/start';
import { ownWorkers } from '../../infra/dev-stack/options';
import { latestCheckpoint } from '../../storage/checkpoint-restore';
import { openObjectStore, type ObjectStore } from '../../storage/object-store';
import { parseStorageSettings } from '../../storage/settings';
import { byol, type Ended } from '../cli/byol';
import { stackUnderTest } from '../infra/stack-under-test';

/** The local stack with the real workers, and the command line pointed at it. */
export interface Bench {
  stack: DevStack;
  store: ObjectStore;
  byol(...args: string[]): Promise<Ended>;
  /** One more worker beside the stack's own. */
  startWorker(kind: 'cpu' | 'gpu', name: string): ChildProcess;
  stop(): Promise<void>;
}

export async function startBench(): Promise<Bench> {
  const dataDir = mkdtempSync(join(tmpdir(), 'byol-durability-'));
  const options = await stackUnderTest(dataDir);
  const stack = await startDevStack({ ...options, workers: ownWorkers() });
  const { s3, credentials } = stack.info;
  const store = openObjectStore(parseStorageSettings({ ...s3, ...credentials }));
  const environment = { ...inherited(), BYOL_DATA_DIR: dataDir, NO_COLOR: '1' };
  return {
    stack,
    store,
    byol: (...args) => byol(args, environment),
    startWorker: (kind, name) =>
      spawn(process.execPath, [join(__dirname, '..', '..', 'workers', `${kind}.js`)], {
        env: { ...workerEnvironment(inherited(), stack.info), BYOL_WORKER_NAME: name },
        stdio: 'ignore',
      }),
    stop: async () => {
      store.close();
      await stack.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

const inherited = (): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '',
  HOME: mkdtempSync(join(tmpdir(), 'byol-home-')),
});

/** Settings that make the quickstart's recipe small: epochs of a few seconds. */
export const small = [
  'dataset.unlabelled=2000',
  'dataset.validation=500',
  'labels=[20]',
  'seeds=[1]',
  'pretraining.epochs=4',
  'classifier.epochs=4',
  'classifier.checkpointEvery=2',
  'classifier.learningRates=[0.001]',
];

/** Waits until a run's newest checkpoint has finished `epoch` epochs. */
export async function untilEpoch(store: ObjectStore, experiment: string, run: string, epoch: number): Promise<void> {
  for (;;) {
    const newest = await latestCheckpoint(store, { experiment, run });
    if (newest && newest.manifest.position.epoch >= epoch) return;
    await sleep(100);
  }
}

/** SHA-256 of the final state of a run. */
export async function finalDigest(store: ObjectStore, experiment: string, run: string): Promise<string> {
  const newest = await latestCheckpoint(store, { experiment, run });
  if (!newest) throw new Error(`${experiment} has no checkpoint of ${run}`);
  return newest.manifest.blobs.state.sha256;
}

/** The process that owns TensorFlow: the worker's child. */
export function trainerOf(worker: number): number {
  return Number(
    execFileSync('pgrep', ['-P', String(worker), '-f', 'host.js'], { encoding: 'utf8' })
      .trim()
      .split('\n')[0],
  );
}
