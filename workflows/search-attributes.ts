import { defineSearchAttributeKey } from '@temporalio/common';
import { upsertSearchAttributes } from '@temporalio/workflow';
import type { searchAttributeNames } from '../experiment/names';

const keyword = (name: (typeof searchAttributeNames)[number]) => defineSearchAttributeKey(name, 'KEYWORD');

export const ByolExperiment = keyword('ByolExperiment');
export const ByolDataset = keyword('ByolDataset');
export const ByolStage = keyword('ByolStage');
export const ByolStatus = keyword('ByolStatus');

interface Marks {
  experiment?: string;
  dataset?: string;
  /** fetch, trials, export or report of an experiment; trial; pretraining; the arm of a classifier. */
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
