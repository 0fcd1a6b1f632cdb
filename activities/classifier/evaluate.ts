import { latestCheckpoint, restoreLatestCheckpoint } from '../../storage/checkpoint-restore';
import { sha256 } from '../../storage/integrity';
import * as keys from '../../storage/keys';
import type { ComparisonOf } from '../../experiment/comparison';
import type { Setting } from '../../experiment/search-grid';
import { classificationMetrics, probabilitiesOf } from '../../report/classification-metrics';
import type { ComparisonResult } from '../../report/results';
import { readMetadata } from '../epochs/checkpoint-metadata';
import { ClassifierRun } from './classifier-run';
import { parseComparison } from './stored-comparisons';
import type { ExperimentRef } from '../read-spec';
import type { TrainingDependencies } from '../training-dependencies';
import { predictionsCsv } from '../formats/predictions-csv';
import { sealedResult } from '../formats/stored-result';
import { scratchFolder } from '../machine/scratch';
import { withProgress } from '../epochs/steps';
import { readTrainingData } from '../dataset/training-data';
import { readLabels, readNames } from '../../datasets/read';

/** One setting that was tried, judged on the validation split. */
export interface SearchPoint extends Setting {
  /** 0..1 */
  validationAccuracy: number;
  /** Mean cross-entropy, nats; null where it is not finite. */
  validationLoss: number | null;
}

export interface EvaluateInput extends ComparisonOf {
  experiment: ExperimentRef;
  /** Digest of the dataset's manifest. */
  dataset: string;
  chosen: SearchPoint;
  /** All that were tried, the chosen one among them. */
  search: SearchPoint[];
}

export interface Evaluation {
  /** On the test split, 0..1. */
  accuracy: number;
  /** Test images. */
  count: number;
  predictionsKey: string;
}

/** The one look at the test split: writes its predictions and the run's result.json, both again where the first is gone. */
export type Evaluate = (input: EvaluateInput) => Promise<Evaluation>;

/** @returns the activity `evaluate`: the chosen classifier on the test split, once. */
export function createEvaluate(dependencies: TrainingDependencies): Evaluate {
  return async (input) => {
    const { store } = dependencies;
    const { name } = input.experiment;
    const resultKey = keys.result(name, keys.comparisonRun(input));
    const known = await store.getIfPresent(resultKey);
    const told = known && parseComparison(known.body, input, resultKey).test;
    if (told?.predictionsSha256 !== undefined && (await store.head(told.predictionsKey)) !== null) return told;
    const progress = { stage: 'evaluation' as const, seed: input.seed, labels: input.labels };
    return withProgress(progress, async () => {
      const result = await testOnce(dependencies, input);
      const body = sealedResult(result);
      // Predictions that were made again have their digest in the result; older versions wrote none.
      if (known) await store.put(resultKey, body, { contentType: 'application/json' });
      else await store.putIfAbsent(resultKey, body, { contentType: 'application/json' });
      return result.test;
    });
  };
}

/** The classifier that training left is not in storage any more. */
export class ClassifierMissingError extends Error {
  readonly retryable = false;
  override readonly name = 'ClassifierMissingError';
}

async function testOnce(dependencies: TrainingDependencies, input: EvaluateInput): Promise<ComparisonResult> {
  const { store } = dependencies;
  const data = await readTrainingData(dependencies, input);
  const classifier = new ClassifierRun(dependencies, input, data);
  const of = { experiment: input.experiment.name, run: classifier.name(input.chosen) };
  const truth = await readLabels(store, data.manifest, 'test');
  const { logits } = await scratchFolder(dependencies.cache, async (folder) => {
    const file = `${folder}/state`;
    const { checkpoint, skipped } = await restoreLatestCheckpoint(store, of, file);
    if (checkpoint?.manifest.position.epoch !== input.chosen.epochs)
      throw new ClassifierMissingError(
        `The trained classifier ${of.run} is not in ${store.location} any more${skipped.map((s) => ` (${s})`).join('')}. ` +
          `"byol resume ${input.experiment.name}" trains again what is lost.`,
      );
    const loaded = await classifier.load(
      'test',
      readMetadata(checkpoint.manifestKey, checkpoint.manifest.metadata).threads,
    );
    await loaded.restore(file, checkpoint.manifest.blobs.state.sha256);
    return classifier.judge(loaded, Array.from(truth.keys()), truth);
  });
  const predictionsKey = keys.predictions(input.experiment.name, keys.comparisonRun(input), 'test');
  const { classes } = data.manifest;
  const probabilities = probabilitiesOf(logits, classes.length);
  const names = await readNames(store, data.manifest, 'test');
  const predictions = predictionsCsv(probabilities, truth, classes, names);
  await store.put(predictionsKey, predictions, { contentType: 'text/csv' });
  const { learningRate, epochs, validationAccuracy } = input.chosen;
  return {
    seed: input.seed,
    arm: input.arm,
    labels: input.labels,
    labelCount: classifier.labelled.length,
    search: await Promise.all(
      input.search.map(async (point) => ({
        ...point,
        validationLoss: point.validationLoss ?? NaN,
        curve: await curve(dependencies, classifier, input, point),
      })),
    ),
    chosen: { learningRate, epochs },
    validationAccuracy,
    test: {
      ...classificationMetrics(probabilities, truth, classes),
      predictionsKey,
      predictionsSha256: sha256(predictions),
    },
  };
}

/** The epochs of one setting's training, from its last checkpoint. */
async function curve(
  { store }: TrainingDependencies,
  classifier: ClassifierRun,
  input: EvaluateInput,
  point: SearchPoint,
) {
  const run = classifier.name(point);
  const found = await latestCheckpoint(store, { experiment: input.experiment.name, run });
  return found ? readMetadata(found.manifestKey, found.manifest.metadata).epochs : [];
}
