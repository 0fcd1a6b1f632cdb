import type { Arm, LabelBudget } from '../report/results';
import type { TrainingDependencies } from './create';
import type { ExperimentRef } from './fetch-dataset';
import type { TrainedEpochs } from './pretrain-epochs';

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

/** @returns the activity `trainClassifierEpochs`. */
export function createTrainClassifierEpochs(_dependencies: TrainingDependencies): TrainClassifierEpochs {
  return () => Promise.reject(new Error('trainClassifierEpochs is not written yet'));
}
