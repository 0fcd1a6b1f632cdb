import { heartbeat, cancellationSignal } from '@temporalio/activity';
import { importDataset } from '../datasets/import';
import type { ObjectStore } from '../storage/object-store';
import { readSpec } from './read-spec';

/** Names an experiment's folder in the bucket and the spec it was started with. */
export interface ExperimentRef {
  name: string;
  /** sha256 of the spec's canonical JSON. */
  specDigest: string;
}

export interface FetchedDataset {
  /** Digest of the manifest, which every later activity is given. */
  digest: string;
  kind: string;
  /** Number of classes. */
  classes: number;
  /** Images in each split. */
  counts: Record<string, number>;
  /** false: the bucket had this content already. */
  fetched: boolean;
}

export type FetchDataset = (input: { experiment: ExperimentRef }) => Promise<FetchedDataset>;

export interface FetchDependencies {
  store: ObjectStore;
  /** Folder for files on their way into the bucket; may be deleted when nothing runs. */
  scratch: string;
}

/** How often a fetch says that it is alive while nothing arrives, in milliseconds. */
const PULSE = 2000;

/** @returns the activity `fetchDataset`: the spec's dataset, checked and in the bucket, as sharded uint8 objects. */
export function createFetchDataset({ store, scratch }: FetchDependencies): FetchDataset {
  return async ({ experiment }) => {
    const { dataset } = await readSpec(store, experiment);
    let details: Record<string, unknown> = { stage: 'fetch' };
    const pulse = setInterval(() => heartbeat(details), PULSE);
    try {
      const { digest, manifest, fetched } = await importDataset(store, dataset, {
        scratch,
        signal: cancellationSignal(),
        onProgress: ({ file, bytes, totalBytes }) => {
          details = {
            stage: 'fetch',
            message: file,
            step: bytes,
            ...(totalBytes === undefined ? {} : { steps: totalBytes }),
          };
          heartbeat(details);
        },
      });
      const counts = Object.fromEntries(Object.entries(manifest.splits).map(([split, { count }]) => [split, count]));
      return { digest, kind: manifest.kind, classes: manifest.classes.length, counts, fetched };
    } finally {
      clearInterval(pulse);
    }
  };
}
