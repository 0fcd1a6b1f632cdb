import { cancellationSignal } from '@temporalio/activity';
import { importDataset } from '../datasets/import';
import type { ObjectStore } from '../storage/object-store';
import { withPulse } from './pulse';
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

/** @returns the activity `fetchDataset`: the spec's dataset, checked and in the bucket, as sharded uint8 objects. */
export function createFetchDataset({ store, scratch }: FetchDependencies): FetchDataset {
  return async ({ experiment }) => {
    const { dataset } = await readSpec(store, experiment);
    return withPulse({ stage: 'fetch' }, async (tell) => {
      const { digest, manifest, fetched } = await importDataset(store, dataset, {
        scratch,
        signal: cancellationSignal(),
        onProgress: ({ file, bytes, totalBytes }) =>
          tell({ stage: 'fetch', message: progressLine(file, bytes, totalBytes) }),
      });
      const counts = Object.fromEntries(
        Object.entries(manifest.splits).flatMap(([split, stored]) => (stored ? [[split, stored.count]] : [])),
      );
      return { digest, kind: manifest.kind, classes: manifest.classes.length, counts, fetched };
    });
  };
}

function progressLine(file: string, bytes: number, totalBytes: number | undefined): string {
  const megabytes = (count: number) => (count / 1e6).toFixed(1);
  return `${file}: ${megabytes(bytes)}${totalBytes === undefined ? '' : ` of ${megabytes(totalBytes)}`} MB`;
}
