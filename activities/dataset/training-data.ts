import { join } from 'node:path';
import type { DatasetManifest } from '../../datasets/manifest';
import { downloadShards, loadManifest, readFolds, readLabels, type ClassLabels } from '../../datasets/read';
import { drawSplits, type DrawnSplits } from '../../datasets/splits';
import type { ExperimentSpec } from '../../experiment/resolve';
import type { ObjectStore } from '../../storage/object-store';
import type { ImageFormat } from '../../training/images';
import type { TrainingDependencies } from '../training-dependencies';
import { requirePrecision } from '../machine/device-precision';
import { readSpec, type ExperimentRef } from '../read-spec';
import type { ResidentImages } from '../trainer';

/** What a training activity works on: the spec, the dataset, and which images this seed uses for what. */
export interface TrainingData {
  spec: ExperimentSpec;
  manifest: DatasetManifest;
  format: ImageFormat;
  /** Class of each image of the training split, from 0. */
  labels: ClassLabels;
  splits: DrawnSplits;
}

/** @throws PrecisionError where this worker cannot train in the experiment's precision */
export async function readTrainingData(
  dependencies: TrainingDependencies,
  { experiment, dataset, seed }: { experiment: ExperimentRef; dataset: string; seed: number },
): Promise<TrainingData> {
  const { store } = dependencies;
  const spec = await readSpec(store, experiment);
  requirePrecision(dependencies, spec);
  return { spec, ...(await recallDrawn(store, spec, dataset, seed)) };
}

/** What a seed draws of a dataset. */
export type Drawn = Omit<TrainingData, 'spec'>;

/** What was drawn of a data set is remembered for so many seeds: a search asks for the same many times. */
const remembered = 16;
const drawnOf = new WeakMap<ObjectStore, Map<string, Promise<Drawn>>>();

function recallDrawn(store: ObjectStore, spec: ExperimentSpec, dataset: string, seed: number): Promise<Drawn> {
  const known = drawnOf.get(store) ?? new Map<string, Promise<Drawn>>();
  drawnOf.set(store, known);
  const key = JSON.stringify([dataset, spec.dataset, seed]);
  const drawn = known.get(key) ?? draw(store, spec, dataset, seed);
  known.delete(key);
  known.set(key, drawn);
  drawn.catch(() => known.delete(key));
  for (const oldest of known.keys()) if (known.size > remembered) known.delete(oldest);
  return drawn;
}

/** A dataset's manifest, labels and splits as a seed draws them. */
export async function draw(store: ObjectStore, spec: ExperimentSpec, dataset: string, seed: number): Promise<Drawn> {
  const manifest = await loadManifest(store, dataset);
  const labels = await readLabels(store, manifest, 'train');
  const splits = drawSplits(spec.dataset, manifest, labels, seed, await readFolds(store, manifest));
  return { manifest, format: { ...manifest.image, ...manifest.normalize }, labels, splits };
}

/** A split's images as a program takes them, in files of this machine. */
export function residentSplit(
  { store, cache }: TrainingDependencies,
  dataset: string,
  manifest: DatasetManifest,
  split: 'unlabelled' | 'train' | 'test',
): ResidentImages {
  const stored = manifest.splits[split];
  if (!stored) throw new Error(`the dataset ${dataset} has no split ${split}`);
  const bytes = stored.shards.reduce((sum, shard) => sum + shard.bytes, 0);
  const shards = async () => {
    const paths = await downloadShards(store, manifest, split, join(cache, 'shards'));
    return stored.shards.map(({ count }, position) => ({ path: paths[position] as string, count }));
  };
  return { identity: `${dataset} ${split}`, count: stored.count, bytes, shards };
}
