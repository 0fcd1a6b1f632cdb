import type { ObjectStore } from '../storage/object-store';
import type { ExperimentRef } from './fetch-dataset';

export interface WriteReportInput {
  experiment: ExperimentRef;
  /** Digest of the dataset's manifest. */
  dataset: string;
}

export interface WrittenReport {
  /** Key of the HTML report. */
  key: string;
  /** The experiment's answer in one sentence. */
  headline: string;
}

export type WriteReport = (input: WriteReportInput) => Promise<WrittenReport>;

export interface ReportDependencies {
  store: ObjectStore;
}

/** @returns the activity `writeReport`. */
export function createWriteReport(_dependencies: ReportDependencies): WriteReport {
  return () => Promise.reject(new Error('writeReport is not written yet'));
}
