import { log } from '@temporalio/activity';
import type { Arm, LabelBudget } from '../report/results';
import { ClassifierRun } from './classifier-run';
import type { TrainingDependencies } from './create';
import { trainThrough } from './durable-epochs';
import type { ExperimentRef } from './fetch-dataset';
import type { TrainedEpochs } from './pretrain-epochs';
import { withProgress } from './steps';
import { readTrainingData } from './training-data';

/** supervised: fresh weights; fine-tuned: those that pretraining of the same seed ended with. Nothing else differs. */
export type { Arm, LabelBudget };

export interface TrainClassifierEpochsInput {
  experiment: ExperimentRef;
  /** Digest of the dataset's manifest. */
  dataset: string;
  seed: number;
  arm: Arm;
  labels: LabelBudget;
  learningRate: number;
  /** Number of finished epochs to reach. */
  throughEpoch: number;
}

export interface TrainedClassifier extends TrainedEpochs {
  /** The network after `throughEpoch` epochs on the validation split. Accuracy is 0..1, loss the mean cross-entropy. */
  validation: { accuracy: number; loss: number; count: number };
}

export type TrainClassifierEpochs = (input: TrainClassifierEpochsInput) => Promise<TrainedClassifier>;

/**
 * @returns the activity `trainClassifierEpochs`: the whole network and a linear head on the labelled images, from fresh
 * weights or from the pretrained encoder's.
 */
export function createTrainClassifierEpochs(dependencies: TrainingDependencies): TrainClassifierEpochs {
  return async (input) => {
    const { experiment, dataset, seed, arm, labels, learningRate, throughEpoch } = input;
    const data = await readTrainingData(dependencies, input);
    const classifier = new ClassifierRun(dependencies, input, data);
    const { epochs, checkpointEvery } = data.spec.classifier;
    const progress = { stage: arm, seed, labels, learningRate, epochs };
    const { metadata, ...trained } = await withProgress(progress, (show) =>
      trainThrough(dependencies, {
        ...{ experiment, dataset, throughEpoch, checkpointEvery },
        run: classifier.name(learningRate),
        stepsPerEpoch: classifier.stepsPerEpoch,
        load: (threads) => classifier.load('train', threads),
        initialize: (loaded) => classifier.initialize(loaded),
        trainEpoch: (loaded, epoch) => classifier.trainEpoch(loaded, epoch, learningRate, show),
        conclude: async (loaded) => ({ validation: await classifier.validate(loaded) }),
        warn: (message) => void log.warn(message),
      }),
    );
    return { ...trained, validation: validationOf(metadata) };
  };
}

const validationOf = (metadata: object): TrainedClassifier['validation'] =>
  (metadata as { validation: TrainedClassifier['validation'] }).validation;
