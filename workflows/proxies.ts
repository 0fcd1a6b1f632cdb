import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import type { ActivityOptions } from '@temporalio/workflow';
import type { CpuActivities, GpuActivities } from '../activities/create';
import { CPU_QUEUE, GPU_QUEUE } from '../experiment/names';
import { retry } from './retry';

/** A worker that dies is noticed after this long; calls to TensorFlow are kept to seconds and so are heartbeats. */
const heartbeatTimeout = '30 seconds';

const options = {
  startToCloseTimeout: '24 hours',
  heartbeatTimeout,
  retry,
  // Said to be the default (SDK 1.24), and is not: without it a cancelled workflow is over while its training goes on.
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
} satisfies ActivityOptions;

export const { fetchDataset, importWeights, exportModels, writeReport, prepareMember } = proxyActivities<CpuActivities>(
  {
    ...options,
    taskQueue: CPU_QUEUE,
  },
);

/** One small object; nothing to tell meanwhile. */
export const { recallLeaderboard, keepLeaderboard } = proxyActivities<CpuActivities>({
  startToCloseTimeout: '1 minute',
  retry,
  cancellationType: options.cancellationType,
  taskQueue: CPU_QUEUE,
});

export const { pretrainEpochs, trainClassifierEpochs, evaluate } = proxyActivities<GpuActivities>({
  ...options,
  taskQueue: GPU_QUEUE,
});

/** Somebody waits for these at a terminal: few attempts, and (Temporal 1.31) before all training that waits for the same device. */
export const { applyModel, describeMachine, fitMicroBatch, measureSpeed } = proxyActivities<GpuActivities>({
  ...options,
  retry: { ...retry, maximumAttempts: 3 },
  priority: { priorityKey: 1 },
  taskQueue: GPU_QUEUE,
});

/** The same on devices that are free now: a measurement takes longer than this, so that all of them run beside each other. */
export const { measureSpeed: measureBeside } = proxyActivities<GpuActivities>({
  ...options,
  retry: { maximumAttempts: 1 },
  scheduleToStartTimeout: '5 seconds',
  priority: { priorityKey: 1 },
  taskQueue: GPU_QUEUE,
});
