import { log } from '@temporalio/activity';
import type { ComparisonOf } from '../../experiment/comparison';
import type { Setting } from '../../experiment/search-grid';
import * as keys from '../../storage/keys';
import { ClassifierRun } from './classifier-run';
import type { ExperimentRef } from '../read-spec';
import type { TrainingDependencies } from '../training-dependencies';
import { StateMismatchError, trainThrough, type TrainedEpochs, type Validation } from '../epochs/durable-epochs';
import { withProgress } from '../epochs/steps';
import { readTrainingData } from '../dataset/training-data';

export interface TrainClassifierEpochsInput extends ComparisonOf, Setting {
  experiment: ExperimentRef;
  /** Digest of the dataset's manifest. */
  dataset: string;
  /** Number of finished epochs to reach. */
  throughEpoch: number;
}

export interface TrainedClassifier extends TrainedEpochs {
  /** The network after `throughEpoch` epochs on the validation split. Accuracy is 0..1, loss the mean cross-entropy. */
  validation: Validation;
}

export type TrainClassifierEpochs = (input: TrainClassifierEpochsInput) => Promise<TrainedClassifier>;

/**
 * @returns the activity `trainClassifierEpochs`: the network that the arm trains, on the labelled images, with one setting
 * of the search.
 */
export function createTrainClassifierEpochs(dependencies: TrainingDependencies): TrainClassifierEpochs {
  return async (input) => {
    const { experiment, dataset, seed, arm, labels, learningRate, throughEpoch } = input;
    const run = keys.classifierRun(input);
    const { metadata, ...trained } = await withProgress(
      { stage: arm, seed, labels, learningRate, run },
      async (show) => {
        const data = await readTrainingData(dependencies, input);
        const classifier = new ClassifierRun(dependencies, input, data);
        const { checkpointEvery } = data.spec.classifier;
        return trainThrough(dependencies, {
          ...{ experiment, dataset, throughEpoch, checkpointEvery, run },
          precision: data.spec.precision,
          stepsPerEpoch: classifier.stepsPerEpoch,
          load: (threads) => classifier.load('train', threads),
          initialize: (loaded) => classifier.initialize(loaded),
          trainEpochs: (loaded, from, to, tell) => classifier.trainEpochs(loaded, { from, to }, input, tell),
          validate: (loaded) => classifier.validate(loaded),
          show,
          warn: (message) => void log.warn(message),
        });
      },
    );
    const { accuracy, loss, count } = metadata.validation ?? missing(trained.run);
    return { ...trained, validation: { accuracy, loss: loss ?? NaN, count } };
  };
}

function missing(run: string): never {
  throw new StateMismatchError(
    `The newest checkpoint of ${run} does not say how the classifier does on the validation split: it was written by another ` +
      `version of durable-byol. Start the experiment under a new name.`,
  );
}
