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
