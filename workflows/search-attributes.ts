import { defineSearchAttributeKey } from '@temporalio/common';
import { upsertSearchAttributes } from '@temporalio/workflow';

const keyword = (name: string) => defineSearchAttributeKey(name, 'KEYWORD');

/** All four are Keywords and are registered with the server before the first workflow starts. */
export const ByolExperiment = keyword('ByolExperiment');
export const ByolDataset = keyword('ByolDataset');
export const ByolStage = keyword('ByolStage');
export const ByolStatus = keyword('ByolStatus');

interface Marks {
  experiment?: string;
  dataset?: string;
  /** fetch, trials or report of an experiment; trial; pretraining; supervised or fine-tuned of a classifier. */
  stage?: string;
  /** running, completed, failed or cancelled. */
  status?: string;
}

/** Makes the workflow findable by these in the Temporal UI. */
export function mark({ experiment, dataset, stage, status }: Marks): void {
  upsertSearchAttributes(
    [
      { key: ByolExperiment, value: experiment },
      { key: ByolDataset, value: dataset },
      { key: ByolStage, value: stage },
      { key: ByolStatus, value: status },
    ].flatMap(({ key, value }) => (value === undefined ? [] : [{ key, value }])),
  );
}
