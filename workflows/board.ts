import { defineQuery, setCurrentDetails, setHandler, workflowInfo } from '@temporalio/workflow';
import type { ExperimentSpec } from '../experiment/resolve';
import { progressTable } from './details';
import { advance, keeping, planStages } from './progress';
import type { KeptStage, ProgressView, StageReport } from './progress';
import { mark } from './search-attributes';
import { stageSignal } from './stage';

/** How far the experiment is. */
export const progressQuery = defineQuery<ProgressView>('progress');

export interface Board {
  /** Takes down what a stage reports. */
  note(report: StageReport): void;
  /** Changes what stands above the table. */
  show(change: Partial<ProgressView>): void;
  /** Runs one of the experiment's own activities as the stage `name`. */
  step<T>(name: 'fetch' | 'export' | 'report', activity: () => Promise<T>): Promise<T>;
}

/**
 * The experiment's progress: answers the query, hears the stages' signals, and shows the table in the Temporal UI.
 * @param kept what storage holds of its stages from an earlier run
 */
export function openBoard(spec: ExperimentSpec, withoutTest?: boolean, kept: readonly KeptStage[] = []): Board {
  const { workflowId } = workflowInfo();
  let view: ProgressView = { status: 'running', stages: keeping(planStages(workflowId, spec, withoutTest), kept) };

  const show = (change: Partial<ProgressView>) => {
    view = { ...view, ...change };
    setCurrentDetails(progressTable(view, workflowId));
  };
  const note = (report: StageReport) => show({ stages: advance(view.stages, report) });
  const step = async <T>(name: 'fetch' | 'export' | 'report', activity: () => Promise<T>): Promise<T> => {
    const id = `${workflowId}/${name}`;
    mark({ stage: name });
    note({ id, state: 'running' });
    try {
      const result = await activity();
      note({ id, state: 'done', done: 1 });
      return result;
    } catch (error) {
      note({ id, state: 'failed' });
      throw error;
    }
  };

  setHandler(progressQuery, () => view, { description: 'How far the experiment is, stage by stage.' });
  setHandler(stageSignal, note, { description: 'A stage tells the experiment how far it is.' });
  return { note, show, step };
}
