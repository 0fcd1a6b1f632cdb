import { epochCounts } from '../../experiment/epoch-counts';
import type { StageName } from '../../workflows/progress';
import { barsOf, type Bar } from '../bars';
import { bar } from './bar';
import type { PageState } from './page';
import { flow, span, type Line } from './spans';

const tones = { waiting: 'dim', running: 'busy', done: 'good', failed: 'bad' } as const;
const NAME = 12;

/** A row for each stage of the pipeline, all its seeds together. */
export function overviewRows(state: PageState, width: number): Line[] {
  const { snapshot, done } = state;
  const size = width >= 100 ? 24 : width >= 60 ? 16 : 8;
  return barsOf(snapshot).flatMap((row) => {
    const stages = (snapshot.view?.stages ?? []).filter(({ stage }) => stage === row.stage);
    const finished = stages.reduce((sum, { id }) => sum + done(id), 0);
    const head = [span(row.stage.padEnd(NAME), row.state === 'waiting' ? 'dim' : 'plain'), span(' ')];
    const drawn = bar(finished / Math.max(1, row.total), size, tones[row.state]);
    const words = row.state === 'waiting' ? '' : ` ${row.state}`;
    const count = row.unit === 'epochs' ? ` ${Math.floor(finished)}/${row.total} epochs` : words;
    const parts = [
      ...whereOf(row).map((text) => [span(text, row.state === 'failed' ? 'bad' : 'dim')]),
      ...(width >= 80 ? unitOf(row, state).map((text) => [span(text, 'dim')]) : []),
    ];
    return flow([...head, ...drawn, span(count)], parts, width, NAME + 1);
  });
}

/** What a stage waits for that has not begun. */
export const waitsFor: Record<StageName, string> = {
  fetch: 'a worker',
  pretraining: 'the images',
  supervised: 'the images',
  'linear-probe': 'pretraining',
  'fine-tuned': 'pretraining',
  export: 'all seeds',
  report: 'all seeds',
};

function whereOf({ stage, state, what, message, unit }: Bar): string[] {
  if (state === 'waiting') return [`waits for ${waitsFor[stage]}`];
  if (state === 'failed') return ['failed'];
  if (state === 'done') return unit === 'epochs' ? ['done'] : [];
  if (unit !== 'epochs') return message ? [message] : [];
  return [what || 'waits its turn'];
}

function unitOf({ stage, unit }: Bar, { spec }: PageState): string[] {
  if (!spec || unit !== 'epochs') return [];
  const { pretraining, classifiers } = epochCounts(spec);
  return [`= ${stage === 'pretraining' ? pretraining : classifiers}`];
}
