import type { ExperimentSpec } from '../../experiment/resolve';
import { experimentResults, type ExperimentResults } from '../../report/results';
import { latestCheckpoint } from '../../storage/checkpoint-restore';
import * as keys from '../../storage/keys';
import type { ObjectStore } from '../../storage/object-store';
import type { Drawn } from '../dataset/training-data';
import { checkpointMetadata } from '../epochs/checkpoint-metadata';
import type { CheckpointMetadata } from '../epochs/checkpoint-metadata';
import { missing, parsed, parseStoredResult } from '../formats/stored-result';

export interface Pretraining {
  seed: number;
  /** sha256 of the final state. */
  checkpoint: string;
  metadata: CheckpointMetadata;
}

/** The pretraining of each seed; none where the spec asks for 0 epochs. */
export async function gatherPretraining(store: ObjectStore, spec: ExperimentSpec): Promise<Pretraining[]> {
  if (spec.pretraining.epochs === 0) return [];
  const gathered: Pretraining[] = [];
  for (const seed of spec.seeds)
    gathered.push({ seed, ...(await lastCheckpoint(store, spec, keys.pretrainingRun(seed))) });
  return gathered;
}

/** What the last checkpoint of a run says of itself. @throws ResultMissingError */
export async function lastCheckpoint(
  store: ObjectStore,
  spec: ExperimentSpec,
  run: string,
): Promise<{ checkpoint: string; metadata: CheckpointMetadata }> {
  const latest = await latestCheckpoint(store, { experiment: spec.name, run });
  if (!latest) throw missing(store, `a checkpoint of ${run}`);
  const metadata = parsed(checkpointMetadata, latest.manifest.metadata, latest.manifestKey);
  return { checkpoint: latest.manifest.blobs.state.sha256, metadata };
}

/** The dataset as the experiment used it: how many images served for what. */
export function describeDataset(digest: string, { manifest, labels, splits }: Drawn): ExperimentResults['dataset'] {
  const counts = {
    unlabelled: splits.unlabelled.length,
    train: labels.length - splits.validation.length,
    validation: splits.validation.length,
    test: manifest.splits.test?.count ?? 0,
  };
  return { digest, kind: manifest.kind, image: manifest.image, classes: manifest.classes, counts };
}

/** Sample images and their views; none where no pretraining has written them. */
export async function gatherSamples(store: ObjectStore, name: string): Promise<ExperimentResults['samples']> {
  const key = keys.samples(name);
  const stored = await store.getIfPresent(key);
  return stored ? parseStoredResult(stored.body, experimentResults.shape.samples, key) : [];
}
