import type { ComparisonOf } from '../experiment/comparison';
import { budgetName } from '../experiment/names';
import type { Setting } from '../experiment/search-grid';

/** Every key of an object in the bucket, relative to the prefix. Nothing else builds a key. */

const digestPattern = /^[0-9a-f]{64}$/;

function digest(value: string): string {
  if (!digestPattern.test(value)) throw new TypeError(`not a SHA-256 digest in hexadecimal: "${value}"`);
  return value;
}

/** One segment of a key: no slash, no dot segments, nothing that a URL or a shell reads differently. */
function segment(value: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(value))
    throw new TypeError(`not usable as part of an object's key: "${value}"`);
  return value;
}

function path(value: string): string {
  return value.split('/').map(segment).join('/');
}

export const datasetManifest = (dataset: string) => `datasets/${digest(dataset)}/manifest.json`;
/** Says which manifest a source led to, so that the same source is not fetched again. */
export const datasetSource = (source: string) => `datasets/sources/${digest(source)}.json`;
export const datasetBlob = (sha256: string) => `datasets/blobs/${digest(sha256)}`;

/** SHA-256 of a record that is written once and for all. */
export const seal = (record: string) => `${path(record)}.sha256`;

const experimentFolder = (name: string) => `experiments/${segment(name)}`;
export const experimentSpec = (name: string) => `${experimentFolder(name)}/spec.json`;
export const experimentRuns = (name: string) => `${experimentFolder(name)}/runs/`;
export const report = (name: string, file: string) => `${experimentFolder(name)}/report/${path(file)}`;
/** Weights and what goes with them, in the forms that other programs read. */
export const model = (name: string, file: string) => `${experimentFolder(name)}/models/${path(file)}`;
/** What one of its networks made of images that were given to it later. */
export const applied = (name: string, id: string, file: string) =>
  `${experimentFolder(name)}/applied/${segment(id)}/${segment(file)}`;
/** Says which dataset the experiment was started on: the source may change, the experiment may not. */
export const experimentDataset = (name: string) => `${experimentFolder(name)}/dataset.json`;
/** Starting weights from elsewhere, as they were read: a safetensors file in this project's layout. */
export const weights = (sha256: string) => `weights/${digest(sha256)}.safetensors`;
/** Says which starting weights the experiment was started with, and where they came from. */
export const experimentWeights = (name: string) => `${experimentFolder(name)}/weights.json`;
/** Says of which sweep the experiment is a member. */
export const experimentSweep = (name: string) => `${experimentFolder(name)}/sweep.json`;
/** A few images with their augmented views, for the report. */
export const samples = (name: string) => `${experimentFolder(name)}/samples.json`;

const sweepFolder = (name: string) => `sweeps/${segment(name)}`;
/** What a sweep will do, written once. */
export const sweepPlan = (name: string) => `${sweepFolder(name)}/sweep.json`;
/** How its members stand. */
export const leaderboard = (name: string) => `${sweepFolder(name)}/leaderboard.json`;

const runFolder = (name: string, run: string) => `${experimentRuns(name)}${path(run)}`;
/** The state of one checkpoint. It lies under its run, so that pruning one run cannot touch another's. */
export const checkpointBlob = (name: string, run: string, sha256: string) =>
  `${runFolder(name, run)}/blobs/${digest(sha256)}`;
export const checkpointManifests = (name: string, run: string) => `${runFolder(name, run)}/checkpoints/`;
export const checkpointHead = (name: string, run: string) => `${runFolder(name, run)}/HEAD.json`;
export const result = (name: string, run: string) => `${runFolder(name, run)}/result.json`;
/** How the run went, epoch by epoch, for people and their tools; checkpoints have the same. */
export const runMetrics = (name: string, run: string) => `${runFolder(name, run)}/metrics.jsonl`;
/** The same for TensorBoard, which knows its files by their names. */
export const runEvents = (name: string, run: string) => `${runFolder(name, run)}/events.out.tfevents.0.durable-byol`;
export const predictions = (name: string, run: string, split: string) =>
  `${runFolder(name, run)}/predictions-${segment(split)}.csv`;

/** Sorts by position: epoch, then optimizer step, then the first 16 digits of the state's digest. */
export function checkpointManifest(
  name: string,
  run: string,
  position: { epoch: number; step: number },
  sha256: string,
): string {
  const epoch = String(position.epoch).padStart(6, '0');
  const step = String(position.step).padStart(10, '0');
  return `${checkpointManifests(name, run)}${epoch}-${step}-${digest(sha256).slice(0, 16)}.json`;
}

/** What `checkpointManifest` made a key of, or null where the key is no such key. */
export function parseCheckpointManifest(key: string): { epoch: number; step: number; digest16: string } | null {
  const match = /\/checkpoints\/(\d{6})-(\d{10})-([0-9a-f]{16})\.json$/.exec(key);
  return match ? { epoch: Number(match[1]), step: Number(match[2]), digest16: match[3] as string } : null;
}

export const pretrainingRun = (seed: number) => `seed-${seed}/pretraining`;
/** Features of test images after pretraining: .npy, float32 [n, d]. */
export const embedding = (name: string, seed: number) => `${runFolder(name, pretrainingRun(seed))}/embedding.npy`;
/** Which test images they are of: JSON {places, labels, classes}. */
export const embeddingPlaces = (name: string, seed: number) =>
  `${runFolder(name, pretrainingRun(seed))}/embedding.json`;

export function comparisonRun({ seed, arm, labels }: ComparisonOf): string {
  return `seed-${seed}/${arm}/labels-${budgetName(labels)}`;
}

/** One training of a classifier; comparisonRun is the choice among its settings. */
export function classifierRun(of: ComparisonOf & Setting): string {
  return `${comparisonRun(of)}/lr-${String(of.learningRate).replace('+', '')}-epochs-${of.epochs}`;
}
