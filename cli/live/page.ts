import type { RunMetrics } from '../../experiment/run-metrics';
import type { ExperimentSpec } from '../../experiment/resolve';
import { clock, troublesOf } from '../bars';
import type { Snapshot } from '../snapshot';
import { leftWords, type Remaining } from './pace';
import { bar } from './bar';
import { overviewRows } from './overview';
import { runningRows, seedRows } from './rows';
import { cut, span, wrap, type Line } from './spans';

/** All that the page is drawn from. */
export interface PageState {
  name: string;
  snapshot: Snapshot;
  /** null: storage did not say. */
  spec: ExperimentSpec | null;
  /** metrics.jsonl of runs that are under way, by the run's path. */
  histories: ReadonlyMap<string, readonly RunMetrics[]>;
  /** Epochs of a stage done, by the stage's id. */
  done: (id: string) => number;
  left: Remaining | undefined;
  now: Date;
  /** Address of the run in Temporal's UI. */
  ui?: string;
  /** What q does. */
  leaving: string;
}

export interface Size {
  columns: number;
  rows: number;
}

/** The page as lines that fit the terminal; what matters less is left out where there is no room. */
export function pageLines(state: PageState, { columns, rows }: Size): Line[] {
  const width = Math.max(20, columns);
  const troubles = troublesOf(state.snapshot).flatMap((text) => wrap(`! ${text}`, 'warn', width, 2));
  const failure = state.snapshot.view?.failure;
  const collapsed = (state.snapshot.view?.stages ?? []).flatMap(({ seed, collapsed }) =>
    collapsed
      ? wrap(
          `! The encoder of seed ${seed} collapsed since epoch ${collapsed.epoch}: it has ${collapsed.reason}.`,
          'bad',
          width,
          2,
        )
      : [],
  );
  const ui = state.ui === undefined ? [] : [cut([span('Temporal: ', 'dim'), span(state.ui)], width)];
  // The order is the page's; `keep` says what goes last when there is too little room.
  return fitted(
    [
      { lines: heading(state, width), keep: 10 },
      { lines: overviewRows(state, width), keep: 7 },
      { lines: troubles, keep: 8, apart: true },
      { lines: [...collapsed, ...(failure ? wrap(failure, 'bad', width) : [])], keep: 8 },
      { lines: runningRows(state, width), keep: 6, apart: true },
      { lines: seedRows(state, width), keep: 1, apart: true },
      { lines: [...ui], keep: 2, apart: true },
      { lines: [cut([span(state.leaving, 'dim')], width)], keep: 9 },
    ],
    Math.max(4, rows),
  );
}

/** The page's first lines, for the scrollback once the page is closed. */
export const closingLines = (state: PageState, width: number): Line[] => [
  ...heading(state, width),
  ...overviewRows(state, width),
];

const words: Record<string, [string, 'busy' | 'good' | 'bad']> = {
  RUNNING: ['running', 'busy'],
  COMPLETED: ['complete', 'good'],
};

function heading({ name, snapshot, left, now }: PageState, width: number): Line[] {
  const [word, tone] = words[snapshot.status] ?? [snapshot.status.toLowerCase().replaceAll('_', ' '), 'bad' as const];
  const gone = snapshot.startedAt ? Math.max(0, (now.getTime() - snapshot.startedAt.getTime()) / 1000) : undefined;
  const running = snapshot.status === 'RUNNING';
  const rest = running && left ? ` · ${leftWords(left)}` : '';
  const first = [
    span(name, 'strong'),
    span(' '),
    span(word, tone),
    ...(gone === undefined ? [] : [span(`  ${clock(gone)} so far${rest}`)]),
  ];
  const share =
    gone === undefined || !running || !left || left.unknown.length > 0
      ? undefined
      : gone / Math.max(1, gone + left.seconds);
  if (share === undefined) return [cut(first, width)];
  const percent = ` ${Math.floor(100 * share)}% of the time`;
  const drawn = bar(share, Math.max(8, Math.min(60, width - percent.length)), 'busy');
  return [cut(first, width), cut([...drawn, span(percent, 'dim')], width)];
}

interface Section {
  lines: Line[];
  /** The lowest goes first. */
  keep: number;
  /** An empty line before it, where there is room. */
  apart?: boolean;
}

function fitted(sections: Section[], rows: number): Line[] {
  const shown = sections.filter(({ lines }) => lines.length > 0).map((section) => ({ ...section }));
  const height = () => shown.reduce((sum, { lines, apart }) => sum + lines.length + (apart ? 1 : 0), 0);
  for (const section of shown) if (height() > rows) section.apart = false;
  for (const section of [...shown].sort((a, b) => a.keep - b.keep)) {
    const over = height() - rows;
    if (over <= 0) break;
    const left = Math.max(0, section.lines.length - over);
    const hidden = section.lines.length - Math.max(0, left - 1);
    section.lines =
      left < 2
        ? section.lines.slice(0, left)
        : [...section.lines.slice(0, left - 1), [span(`... ${hidden} more lines`, 'dim')]];
  }
  return shown.flatMap(({ lines, apart }, at) => [...(apart && at > 0 ? [[]] : []), ...lines]).slice(0, rows);
}
