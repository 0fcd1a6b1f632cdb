import { cancellationSignal } from '@temporalio/activity';
import { DatasetError } from '../../datasets/errors';
import { importDataset } from '../../datasets/import';
import type { DatasetManifest } from '../../datasets/manifest';
import { readFolds, readLabels } from '../../datasets/read';
import { drawSplits } from '../../datasets/splits';
import { imageSizeOf } from '../../experiment/datasets';
import type { ExperimentSpec } from '../../experiment/resolve';
import * as keys from '../../storage/keys';
import type { ObjectStore } from '../../storage/object-store';
import { stepsPerPretrainingEpoch } from '../../experiment/pretraining-steps';
import { scratchFolder } from '../machine/scratch';
import { withPulse } from '../pulse';
import { readSpec, type ExperimentRef } from '../read-spec';

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
    const spec = await readSpec(store, experiment);
    return withPulse({ stage: 'fetch' }, async (tell) => {
      const { digest, manifest, fetched } = await scratchFolder(scratch, (folder) =>
        importDataset(store, spec.dataset, {
          scratch: folder,
          signal: cancellationSignal(),
          onProgress: ({ file, bytes, totalBytes, message = progressLine(file, bytes, totalBytes) }) =>
            tell({ stage: 'fetch', message }),
        }),
      );
      await refuseMisfit(store, spec, manifest);
      await refuseOther(store, experiment.name, digest);
      const counts = Object.fromEntries(
        Object.entries(manifest.splits).flatMap(([split, stored]) => (stored ? [[split, stored.count]] : [])),
      );
      return { digest, kind: manifest.kind, classes: manifest.classes.length, counts, fetched };
    });
  };
}

/**
 * An experiment keeps the dataset that it was started on: results on two datasets under one name would compare nothing.
 *
 * @throws DatasetError when the source holds other content than at the first start
 */
async function refuseOther(store: ObjectStore, name: string, digest: string): Promise<void> {
  const key = keys.experimentDataset(name);
  if ((await store.putIfAbsent(key, Buffer.from(JSON.stringify({ digest })))) === 'created') return;
  throw new DatasetError(
    `The source of ${name} holds other images or labels than when the experiment was started: its dataset is now ` +
      `${digest.slice(0, 16)}, and ${key} in ${store.location} names another. Put the old content back and resume, or start ` +
      `an experiment on the new one under a new name.`,
  );
}

/**
 * What can be known before the first step: the images have the size that the spec's checks assumed, every label budget
 * can be drawn, and an epoch of pretraining has a step.
 *
 * @throws DatasetError, TooFewImagesError
 */
async function refuseMisfit(store: ObjectStore, spec: ExperimentSpec, manifest: DatasetManifest): Promise<void> {
  const { height, width } = manifest.image;
  const side = imageSizeOf(spec.dataset);
  if (height !== side || width !== side)
    throw new DatasetError(
      `The images of ${manifest.origin.source} have ${height} x ${width} pixels; those of the kind ${spec.dataset.kind} have ` +
        `${side} x ${side}. Use the original files, or others of that size.`,
    );
  const [labels, folds] = [await readLabels(store, manifest, 'train'), await readFolds(store, manifest)];
  const splits = drawSplits(spec.dataset, manifest, labels, spec.seeds[0] as number, folds);
  for (const budget of spec.labels) splits.labelled(budget);
  if (spec.pretraining.epochs > 0) stepsPerPretrainingEpoch(spec, splits.unlabelled.length);
}

function progressLine(file: string, bytes: number, totalBytes: number | undefined): string {
  const megabytes = (count: number) => (count / 1e6).toFixed(1);
  return `${file}: ${megabytes(bytes)}${totalBytes === undefined ? '' : ` of ${megabytes(totalBytes)}`} MB`;
}
