import type { Arm, LabelBudget } from '../report/results';
import type { TrainingDependencies } from './create';
import type { ExperimentRef } from './fetch-dataset';

/** One learning rate that was tried, judged on the validation split (accuracy 0..1). */
export interface SearchPoint {
  learningRate: number;
  validationAccuracy: number;
}

export interface EvaluateInput {
  experiment: ExperimentRef;
  /** Digest of the dataset's manifest. */
  dataset: string;
  seed: number;
  arm: Arm;
  labels: LabelBudget;
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

/** The one look at the test split; writes the run's result.json. */
export type Evaluate = (input: EvaluateInput) => Promise<Evaluation>;

/** @returns the activity `evaluate`. */
export function createEvaluate(_dependencies: TrainingDependencies): Evaluate {
  return () => Promise.reject(new Error('evaluate is not written yet'));
}
