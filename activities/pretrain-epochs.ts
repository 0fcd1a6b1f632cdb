import type { EpochMetrics } from '../report/results';
import type { TrainingDependencies } from './create';
import type { ExperimentRef } from './fetch-dataset';

/** Pretrain the network of one seed until `throughEpoch` epochs are finished, from wherever storage says it stands. */
export interface PretrainEpochsInput {
  experiment: ExperimentRef;
  /** Digest of the dataset's manifest, as `fetchDataset` returned it. */
  dataset: string;
  seed: number;
  /** Number of finished epochs to reach (1 = the first epoch alone). */
  throughEpoch: number;
}

/** Where a training run stands after a call; a call that had nothing left to do gives the same with `epochs` empty. */
export interface TrainedEpochs {
  /** The run's path in storage, `seed-1/pretraining` for instance. */
  run: string;
  /** Finished epochs: at least `throughEpoch`, and more where storage holds a later checkpoint of the same run. */
  epoch: number;
  /** Optimizer steps done. */
  step: number;
  /** Those trained by this call, in order. */
  epochs: EpochMetrics[];
  checkpoint: { manifestKey: string; digest: string };
  /** Key of the manifest that the call went on from; null when it started from fresh weights. */
  restoredFrom: string | null;
}

export type PretrainEpochs = (input: PretrainEpochsInput) => Promise<TrainedEpochs>;

/** @returns the activity `pretrainEpochs`. */
export function createPretrainEpochs(_dependencies: TrainingDependencies): PretrainEpochs {
  return () => Promise.reject(new Error('pretrainEpochs is not written yet'));
}
