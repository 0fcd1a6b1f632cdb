import { WorkflowIdReusePolicy } from '@temporalio/client';
import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker, bundleWorkflowCode } from '@temporalio/worker';
import type { WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { parseSpec } from '../../experiment/resolve';
import type { ExperimentSpec } from '../../experiment/resolve';
import type { experiment } from '../../workflows';
import { CPU_QUEUE, GPU_QUEUE } from '../../experiment/names';
import { IDENTITY } from '../servers/temporal';
import type { Activities } from './fake-activities';

export type ExperimentHandle = WorkflowHandle<typeof experiment>;

/** Two seeds, two budgets, two learning rates; 3 epochs of pretraining and 4 of each classifier in two calls. */
export function smallSpec(changes: { name: string; [field: string]: unknown }): ExperimentSpec {
  return parseSpec({
    dataset: { kind: 'mnist-idx' },
    model: { backbone: 'resnet-mini', stem: '5x5', width: 16 },
    labels: [50, 100],
    seeds: [1, 2],
    pretraining: { epochs: 3, batch: 32, optimizer: { name: 'adam' }, learningRate: 0.001 },
    classifier: { epochs: 4, batch: 50, optimizer: { name: 'adam' }, learningRates: [0.001, 0.01], checkpointEvery: 2 },
    ...changes,
  });
}

let bundle: Promise<WorkflowBundleWithSourceMap> | undefined;

/** The workflows as a worker runs them, bundled once for each test file. */
export function workflowBundle(): Promise<WorkflowBundleWithSourceMap> {
  const quiet = { trace: drop, debug: drop, info: drop, warn: drop, error: console.error, log: drop };
  bundle ??= bundleWorkflowCode({ workflowsPath: require.resolve('../../workflows'), logger: quiet });
  return bundle;
}
function drop(): void {}

function common({ nativeConnection, namespace }: TestWorkflowEnvironment) {
  return {
    connection: nativeConnection,
    namespace: namespace ?? 'default',
    identity: IDENTITY,
    maxHeartbeatThrottleInterval: 100,
    defaultHeartbeatThrottleInterval: 100,
  };
}

/** Runs `body` while a worker serves the workflows, fetching and reporting. */
export async function withCpuWorker<T>(
  environment: TestWorkflowEnvironment,
  {
    fetchDataset,
    importWeights,
    exportModels,
    writeReport,
    prepareMember,
    recallLeaderboard,
    keepLeaderboard,
  }: Activities,
  body: () => Promise<T>,
): Promise<T> {
  const worker = await Worker.create({
    ...common(environment),
    taskQueue: CPU_QUEUE,
    workflowBundle: await workflowBundle(),
    activities: {
      fetchDataset,
      importWeights,
      exportModels,
      writeReport,
      prepareMember,
      recallLeaderboard,
      keepLeaderboard,
    },
  });
  return worker.runUntil(body);
}

/** Runs `body` while workers serve both queues, one activity at a time on the GPU's, as in production. */
export async function withWorkers<T>(
  environment: TestWorkflowEnvironment,
  activities: Activities,
  body: () => Promise<T>,
): Promise<T> {
  const { pretrainEpochs, trainClassifierEpochs, evaluate, applyModel, describeMachine, measureSpeed, fitMicroBatch } =
    activities;
  const gpu = await Worker.create({
    ...common(environment),
    taskQueue: GPU_QUEUE,
    activities: {
      ...{ pretrainEpochs, trainClassifierEpochs, evaluate, applyModel, describeMachine, measureSpeed, fitMicroBatch },
    },
    maxConcurrentActivityTaskExecutions: 1,
  });
  return withCpuWorker(environment, activities, () => gpu.runUntil(body));
}

/** Starts, or resumes, as the command line does. */
export function startExperiment(environment: TestWorkflowEnvironment, spec: ExperimentSpec): Promise<ExperimentHandle> {
  return environment.client.workflow.start<typeof experiment>('experiment', {
    taskQueue: CPU_QUEUE,
    workflowId: spec.name,
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
    args: [{ spec, ref: { name: spec.name, specDigest: 'e'.repeat(64) } }],
  });
}

/** Details that the workflow shows in the Temporal UI. */
export async function currentDetails(handle: { query: WorkflowHandle['query'] }): Promise<string> {
  const metadata = await handle.query<{ currentDetails?: string }, []>('__temporal_workflow_metadata');
  return metadata.currentDetails ?? '';
}

/** Waits for what a server makes true in its own time. */
export async function eventually<T>(read: () => Promise<T>, holds: (value: T) => boolean): Promise<T> {
  for (let tried = 0; ; tried++) {
    const value = await read();
    if (holds(value) || tried === 200) return value;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
