import type { Arm, LabelBudget } from '../experiment/comparison';
import type { EncoderFigures } from '../experiment/encoder-figures';
import type { EpochMetrics } from '../experiment/epoch-metrics';
import { budgetName } from '../experiment/names';
import type { ExperimentSpec } from '../experiment/resolve';
import { searchGrid } from '../experiment/search-grid';

export type StageName = 'fetch' | 'pretraining' | Arm | 'export' | 'report';

/** One line of the progress display. */
export interface StageProgress extends EncoderFigures {
  /** The child workflow's id; `<experiment>/fetch`, `/export` and `/report` for the experiment's own activities. */
  id: string;
  stage: StageName;
  seed?: number;
  arm?: Arm;
  labels?: LabelBudget;
  done: number;
  total: number;
  unit: 'epochs' | 'runs';
  state: 'waiting' | 'running' | 'done' | 'failed';
  lastLoss?: number;
  imagesPerSecond?: number;
  /** On the test split, 0..1, once it was looked at. */
  accuracy?: number;
}

/** What the query `progress` answers. */
export interface ProgressView {
  status: 'running' | 'completed' | 'failed' | 'cancelled';
  stages: StageProgress[];
  /** The answer, at the end. */
  headline?: string;
  /** Key of the HTML report, at the end. */
  report?: string;
  /** Why it failed. */
  failure?: string;
}

/** What a stage tells the experiment: the fields that changed. */
export type StageReport = Pick<StageProgress, 'id'> &
  Partial<Pick<StageProgress, 'done' | 'state' | 'lastLoss' | 'imagesPerSecond' | 'accuracy' | keyof EncoderFigures>>;

/** A stage that storage holds something of before the workflow starts. */
export interface KeptStage {
  stage: 'pretraining' | Arm;
  seed: number;
  labels?: LabelBudget;
  /** Epochs in checkpoints; of a classifier, over all settings of its search. */
  done: number;
  /** Checkpoints and result are there: nothing is left to do. */
  complete: boolean;
}

/** Paths of the child workflows, below their parents' ids. */
export const trialPath = (seed: number): string => `seed-${seed}`;
export const classifierPath = (arm: Arm, labels: LabelBudget): string => `${arm}/labels-${budgetName(labels)}`;

/** All stages of an experiment, waiting, in the order in which they are shown; without the test split nothing is written. */
export function planStages(experimentId: string, spec: ExperimentSpec, withoutTest = false): StageProgress[] {
  const waiting = { done: 0, state: 'waiting' } as const;
  const trainings = searchGrid(spec.classifier).reduce((sum, { epochs }) => sum + epochs, 0);
  const classifiers = (seed: number, arm: Arm): StageProgress[] =>
    spec.labels.map((labels) => {
      const id = `${experimentId}/${trialPath(seed)}/${classifierPath(arm, labels)}`;
      return { id, stage: arm, seed, arm, labels, total: trainings, unit: 'epochs', ...waiting };
    });
  return [
    { id: `${experimentId}/fetch`, stage: 'fetch', total: 1, unit: 'runs', ...waiting },
    ...spec.seeds.flatMap((seed): StageProgress[] => [
      {
        id: `${experimentId}/${trialPath(seed)}/pretraining`,
        stage: 'pretraining',
        seed,
        total: spec.pretraining.epochs,
        unit: 'epochs',
        ...waiting,
      },
      ...spec.arms.flatMap((arm) => classifiers(seed, arm)),
    ]),
    ...(['export', 'report'] as const).flatMap((stage): StageProgress[] =>
      withoutTest ? [] : [{ id: `${experimentId}/${stage}`, stage, total: 1, unit: 'runs', ...waiting }],
    ),
  ];
}

/** The stages with what is kept of them from an earlier run. */
export const keeping = (stages: readonly StageProgress[], kept: readonly KeptStage[]): StageProgress[] =>
  stages.map((stage) => {
    const own = kept.find(
      (each) => each.stage === stage.stage && each.seed === stage.seed && each.labels === stage.labels,
    );
    if (!own) return stage;
    return { ...stage, done: Math.min(stage.total, own.done), ...(own.complete ? { state: 'done' } : {}) };
  });

/**
 * The stages after a report. Neither `done` nor the state 'done' goes back: a stage that was kept from an earlier run begins
 * again only to find that it is complete. A report about a stage that is not there changes nothing.
 */
export function advance(stages: readonly StageProgress[], report: StageReport): StageProgress[] {
  return stages.map((stage) => {
    if (stage.id !== report.id) return stage;
    const state = stage.state === 'done' && report.state === 'running' ? 'done' : (report.state ?? stage.state);
    return { ...stage, ...report, state, done: Math.max(stage.done, report.done ?? 0) };
  });
}

/** Of the epochs that a call trained, what a report says of the last. A loss that is not finite is null in JSON. */
export function lastOf(
  last: EpochMetrics | null,
): Pick<StageReport, 'lastLoss' | 'imagesPerSecond' | 'knnAccuracy' | 'effectiveRank'> {
  if (!last) return {};
  const { imagesPerSecond, loss, knnAccuracy, effectiveRank } = last;
  return {
    imagesPerSecond,
    ...(Number.isFinite(loss) ? { lastLoss: loss } : {}),
    ...(knnAccuracy === undefined ? {} : { knnAccuracy }),
    ...(Number.isFinite(effectiveRank) ? { effectiveRank: effectiveRank as number } : {}),
  };
}

/**
 * How often one stage may report: 20 times, and less often the more stages there are, because each report is a signal
 * in the experiment's history, which ends at 10,000 of them.
 */
export function reportsPerStage(spec: ExperimentSpec): number {
  const stages = spec.seeds.length * (1 + spec.arms.length * spec.labels.length);
  return Math.max(1, Math.min(20, Math.floor(2000 / stages)));
}

/** Whether a stage that went from `before` to `after` of `total` has a report to make, of `reports` in all. */
export function isMilestone(before: number, after: number, total: number, reports: number): boolean {
  const passed = (done: number) => Math.floor((done / Math.max(1, total)) * reports + 1e-9);
  return passed(after) > passed(before);
}
