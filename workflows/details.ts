import { encoderFigures } from '../experiment/encoder-figures';
import type { Collapse } from '../experiment/collapse';
import { percent } from '../experiment/percent';
import type { ProgressView, StageProgress } from './progress';

/** Rows shown; the table is for people, and the UI is slow with thousands. */
const MAX_ROWS = 200;

const figure = (value: number | undefined, show: (value: number) => string): string =>
  value === undefined ? '' : show(value);

function row(stage: StageProgress): string {
  const cells = [
    stage.stage,
    stage.seed ?? '',
    stage.labels ?? '',
    stage.state,
    `${stage.done} of ${stage.total} ${stage.unit}`,
    [...(stage.lastLoss === undefined ? [] : [stage.lastLoss.toFixed(4)]), ...encoderFigures(stage)].join(', '),
    figure(stage.imagesPerSecond, (rate) => rate.toFixed(0)),
    figure(stage.accuracy, percent),
  ];
  return `| ${cells.join(' | ')} |`;
}

const collapseLine = (seed: number | undefined, { epoch, reason }: Collapse): string =>
  `**The encoder of seed ${seed} collapsed**, since epoch ${epoch}: it has ${reason}. The comparison will not be valid.`;

/**
 * The experiment's current details for the Temporal UI: Markdown without HTML or images. The report is named by its object
 * and by the command that fetches it: a bucket that is not public has no address that a browser could open.
 */
export function progressTable(view: ProgressView, name: string): string {
  const finished = view.stages.filter(({ state }) => state === 'done').length;
  return [
    `**${view.status}**: ${finished} of ${view.stages.length} stages done`,
    ...(view.failure === undefined ? [] : ['', `**Why:** ${view.failure}`]),
    ...view.stages.flatMap(({ seed, collapsed }) => (collapsed ? ['', collapseLine(seed, collapsed)] : [])),
    ...(view.headline === undefined ? [] : ['', view.headline]),
    ...(view.report === undefined
      ? []
      : ['', `**Report:** \`byol report ${name}\` fetches it; in the bucket it is \`${view.report}\`.`]),
    '',
    '| stage | seed | labels | state | done | loss | images/s | test accuracy |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...view.stages.slice(0, MAX_ROWS).map(row),
    ...(view.stages.length > MAX_ROWS ? ['', `... and ${view.stages.length - MAX_ROWS} more stages.`] : []),
  ].join('\n');
}

/** A table with one line of values, for a workflow that has nothing else to show. */
export function singleRow(values: Record<string, string | number>): string {
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
  const names = Object.keys(values);
  return [line(names), line(names.map(() => '---')), line(Object.values(values))].join('\n');
}
