import { join } from 'node:path';
import type { ImageLayout } from '../../datasets/images/decode';
import type { DatasetManifest } from '../../datasets/manifest';
import { readNames } from '../../datasets/read';
import type { Feed } from '../../engine/protocol';
import type { Arm, LabelBudget } from '../../experiment/comparison';
import { restoreLatestCheckpoint } from '../../storage/checkpoint-restore';
import * as keys from '../../storage/keys';
import type { ObjectStore } from '../../storage/object-store';
import type { ApplyModelInput } from './apply-model';
import { Embeddings, Neighbours, Predictions, type AppliedOutput, type KnownImages } from './applied-output';
import { readMetadata } from '../epochs/checkpoint-metadata';
import { ClassifierRun } from '../classifier/classifier-run';
import { gatherComparisons } from '../classifier/stored-comparisons';
import type { TrainingDependencies } from '../training-dependencies';
import { chosenClassifier, type ExportedClassifier } from '../export/export-models';
import { ResultMissingError } from '../formats/stored-result';
import { programOf } from '../pretraining/pretrain-epochs';
import { readTestEmbedding } from '../pretraining/test-embedding';
import type { LoadedProgram } from '../trainer';
import { readTrainingData, type TrainingData } from '../dataset/training-data';
import { readSpec } from '../read-spec';

/** Which of the experiment's networks it was. */
export interface AppliedBy {
  seed: number;
  /** Of a classifier. */
  arm?: Arm;
  labels?: LabelBudget;
  validationAccuracy?: number;
}

export interface AppliedNetwork {
  by: AppliedBy;
  /** @param path of a file of raw uint8 NHWC images @returns logits or features, a row for each */
  run(path: Feed): Promise<Float32Array>;
}

/** The experiment has not got so far. */
export class UnfinishedExperimentError extends Error {
  readonly retryable = false;
  override readonly name = 'UnfinishedExperimentError';
}

/** The network was trained to nothing. */
export class DivergedNetworkError extends Error {
  readonly retryable = false;
  override readonly name = 'DivergedNetworkError';
}

/**
 * Loads the network that is to be applied, and opens what its rows become.
 * @throws UnfinishedExperimentError
 */
export async function openApplied(
  dependencies: TrainingDependencies,
  input: ApplyModelInput,
  folder: string,
): Promise<{ network: AppliedNetwork; layout: ImageLayout; output: AppliedOutput }> {
  const { store } = dependencies;
  const spec = await readSpec(store, input.experiment);
  const chosen = input.kind === 'predict' ? await classifierOf(dependencies, input) : null;
  const [first] = spec.seeds as [number];
  const seed = chosen?.seed ?? input.seed ?? first;
  const data = await readTrainingData(dependencies, { ...input, seed });
  const { image, classes } = data.manifest;
  const fit = spec.dataset.kind === 'images' ? spec.dataset.fit : 'crop';
  const layout: ImageLayout = { size: image.height, channels: image.channels, fit };
  const state = join(folder, 'state');
  if (chosen) {
    const network = await openClassifier(dependencies, input, data, chosen, state);
    return { network, layout, output: new Predictions(folder, classes) };
  }
  const network = await openEncoder(dependencies, input, data, seed, state);
  if (input.kind === 'embed') return { network, layout, output: new Embeddings(folder, { ...input, seed }) };
  const bank = await testImages(store, input, seed, data.manifest);
  return { network, layout, output: new Neighbours(folder, bank, input.neighbours ?? 6) };
}

async function testImages(
  store: ObjectStore,
  input: ApplyModelInput,
  seed: number,
  manifest: DatasetManifest,
): Promise<KnownImages> {
  const experiment = input.experiment.name;
  const known = await readTestEmbedding(store, { experiment, seed });
  if (!known) throw unfinished(input, `${keys.embedding(experiment, seed)} is not in ${store.location}`);
  const names = await readNames(store, manifest, 'test');
  const images = known.places.map((place, at) => ({
    class: manifest.classes[known.labels[at] as number] ?? '',
    image: names?.[place] ?? `test image ${place}`,
  }));
  return { features: known.features, images };
}

async function classifierOf({ store }: TrainingDependencies, input: ApplyModelInput): Promise<ExportedClassifier> {
  try {
    return chosenClassifier(await gatherComparisons(store, await readSpec(store, input.experiment)));
  } catch (error) {
    throw error instanceof ResultMissingError
      ? unfinished(input, `not every classifier's result is in ${store.location}`)
      : error;
  }
}

async function openClassifier(
  dependencies: TrainingDependencies,
  input: ApplyModelInput,
  data: TrainingData,
  chosen: ExportedClassifier,
  state: string,
): Promise<AppliedNetwork> {
  const classifier = new ClassifierRun(dependencies, { ...input, ...chosen }, data);
  const restore = { run: classifier.name(chosen), epochs: chosen.epochs, state };
  const loaded = await restored(dependencies, input, restore, (threads) => classifier.load(null, threads));
  const { seed, arm, labels, validationAccuracy } = chosen;
  return {
    by: { seed, arm, labels, validationAccuracy },
    run: async (path) => valuesOf(await loaded.run('predict_file', { path }), 'logits', restore.run),
  };
}

async function openEncoder(
  dependencies: TrainingDependencies,
  input: ApplyModelInput,
  data: TrainingData,
  seed: number,
  state: string,
): Promise<AppliedNetwork> {
  const { epochs } = data.spec.pretraining;
  if (epochs === 0)
    throw new UnfinishedExperimentError(
      `"${input.experiment.name}" has no pretrained encoder: its spec asks for 0 epochs of pretraining.`,
    );
  const program = programOf(dependencies, input, data);
  const restore = { run: keys.pretrainingRun(seed), epochs, state };
  const loaded = await restored(dependencies, input, restore, (threads) =>
    dependencies.trainer.load(program, null, threads),
  );
  return { by: { seed }, run: async (path) => valuesOf(await loaded.run('embed', { path }), 'features', restore.run) };
}

/** A program with the last state of a run that is complete, in an engine as the run had it. */
async function restored(
  { store }: TrainingDependencies,
  input: ApplyModelInput,
  { run, epochs, state }: { run: string; epochs: number; state: string },
  load: (threads: number) => Promise<LoadedProgram>,
): Promise<LoadedProgram> {
  const { checkpoint, skipped } = await restoreLatestCheckpoint(
    store,
    { experiment: input.experiment.name, run },
    state,
  );
  if (checkpoint?.manifest.position.epoch !== epochs)
    throw unfinished(input, [`${store.location} has no whole checkpoint of the end of ${run}`, ...skipped].join('; '));
  const { threads } = readMetadata(checkpoint.manifestKey, checkpoint.manifest.metadata);
  const loaded = await load(threads);
  await loaded.restore(state, checkpoint.manifest.blobs.state.sha256);
  return loaded;
}

const unfinished = ({ experiment: { name }, kind }: ApplyModelInput, why: string) =>
  new UnfinishedExperimentError(
    `"${name}" is not ready for ${kind}: ${why}. "byol status ${name}" tells how far it is, and "byol resume ${name}" trains ` +
      `what is missing (with --again where it is complete).`,
  );

/** @throws DivergedNetworkError where a network's answer is no number: what would be made of it would look like one */
function valuesOf(outputs: Awaited<ReturnType<LoadedProgram['run']>>, name: string, of: string): Float32Array {
  const { values } = outputs[name] ?? {};
  if (!values) throw new Error(`the program gives no ${name}`);
  const numbers = Float32Array.from(values);
  if (numbers.every(Number.isFinite)) return numbers;
  throw new DivergedNetworkError(
    `The ${name} of ${of} are not finite: its training diverged, and nothing can be told by it. Start again under a new name with a ` +
      `lower learning rate (pretraining.learningRate, classifier.learningRates) or other starting weights.`,
  );
}
