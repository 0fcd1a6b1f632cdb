/** Names that several processes have to agree on. No imports: workflow code and every folder read them from here. */

/** Task queue of workflows, fetching and reporting. */
export const CPU_QUEUE = 'byol-cpu';
/**
 * Task queue of training and evaluation, one at a time on a device. The name is of where that usually happens: its worker
 * (workers/gpu.ts) trains on the CPU of a machine that has no GPU, as two devices (docs/settings.md).
 */
export const GPU_QUEUE = 'byol-gpu';

/** All four are Keywords and are registered with the server before the first workflow starts. */
export const searchAttributeNames = ['ByolExperiment', 'ByolDataset', 'ByolStage', 'ByolStatus'] as const;

/** Type of the failure that a workflow of this project ends with; its message is a whole sentence. */
export const STAGE_FAILED = 'StageFailed';

/** Names the workflow and the folder in the bucket. */
export const experimentName = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** A label budget as a part of workflow ids and keys: '50', 'all', '10-percent'. */
export const budgetName = (labels: number | string): string => String(labels).replace('%', '-percent');

/** Lies in folders that byol makes on a user's machine, so that they are never taken for data. */
export const ownFolderMarker = '.durable-byol';
