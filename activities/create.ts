import { createApplyModel } from './apply/apply-model';
import { createEvaluate } from './classifier/evaluate';
import { createExportModels } from './export/export-models';
import { withFailures } from './failures';
import { createFetchDataset } from './dataset/fetch-dataset';
import { createFitMicroBatch } from './machine/fit-micro-batch';
import type { FetchDependencies } from './dataset/fetch-dataset';
import { createImportWeights } from './weights/import-weights';
import { createKeepLeaderboard, createRecallLeaderboard } from './sweep/leaderboards';
import { createDescribeMachine } from './machine/describe-machine';
import { createMeasureSpeed } from './machine/measure-speed';
import { createPrepareMember } from './sweep/prepare-member';
import { createPretrainEpochs } from './pretraining/pretrain-epochs';
import { createTrainClassifierEpochs } from './classifier/train-classifier-epochs';
import type { TrainingDependencies } from './training-dependencies';
import { createWriteReport } from './report/write-report';
import type { ReportDependencies } from './report/write-report';

/** The activities of the task queue `byol-cpu`. */
export function createCpuActivities(dependencies: FetchDependencies & ReportDependencies) {
  return {
    fetchDataset: withFailures(createFetchDataset(dependencies)),
    importWeights: withFailures(createImportWeights(dependencies)),
    exportModels: withFailures(createExportModels(dependencies)),
    writeReport: withFailures(createWriteReport(dependencies)),
    prepareMember: withFailures(createPrepareMember(dependencies)),
    recallLeaderboard: withFailures(createRecallLeaderboard(dependencies)),
    keepLeaderboard: withFailures(createKeepLeaderboard(dependencies)),
  };
}
export type CpuActivities = ReturnType<typeof createCpuActivities>;

/** The activities of the task queue `byol-gpu`: one at a time on a device, be it a GPU or a share of a CPU. */
export function createGpuActivities(dependencies: TrainingDependencies) {
  return {
    pretrainEpochs: withFailures(createPretrainEpochs(dependencies)),
    trainClassifierEpochs: withFailures(createTrainClassifierEpochs(dependencies)),
    evaluate: withFailures(createEvaluate(dependencies)),
    applyModel: withFailures(createApplyModel(dependencies)),
    describeMachine: withFailures(createDescribeMachine(dependencies)),
    measureSpeed: withFailures(createMeasureSpeed(dependencies)),
    fitMicroBatch: withFailures(createFitMicroBatch(dependencies)),
  };
}
export type GpuActivities = ReturnType<typeof createGpuActivities>;
