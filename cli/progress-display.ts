import { MultiBar, type SingleBar } from 'cli-progress';
import pc from 'picocolors';
import { figures, secondsLeft, troublesOf, type Bar, barsOf } from './bars';
import type { Snapshot } from './snapshot';

/** Shows snapshots as they come. */
export interface ProgressDisplay {
  show(snapshot: Snapshot): void;
  /** Leaves the terminal as it was found. */
  close(): void;
}

/** Bars in a terminal, plain lines in a pipe, nothing for machines. Everything goes to stderr. */
export function openProgressDisplay(kind: 'bars' | 'lines' | 'none'): ProgressDisplay {
  if (kind === 'none') return { show: () => {}, close: () => {} };
  const left = etaMeter();
  return kind === 'bars' ? barDisplay(left) : lineDisplay(left);
}

type Eta = (bar: Bar) => number | undefined;

/** Remembers where each bar was first seen, and reckons from there. */
function etaMeter(): Eta {
  const first = new Map<string, { at: number; done: number }>();
  return (bar) => {
    if (bar.state !== 'running') return undefined;
    const now = { at: Date.now(), done: bar.done };
    if (!first.has(bar.stage)) first.set(bar.stage, now);
    return secondsLeft(first.get(bar.stage)!, now, bar.total);
  };
}

/** Prints each new trouble once, and again when it comes back after it was gone. */
function troubleTeller(tell: (line: string) => void): (snapshot: Snapshot) => void {
  let known: string[] = [];
  return (snapshot) => {
    const troubles = troublesOf(snapshot);
    // The number of the attempt alone is no news.
    const key = (text: string) => text.replace(/\(attempt \d+\)/, '');
    for (const text of troubles) if (!known.some((old) => key(old) === key(text))) tell(text);
    known = troubles;
  };
}

function barDisplay(left: Eta): ProgressDisplay {
  const multi = new MultiBar({
    format: (_, params, payload: { bar: Bar }) => formatBar(payload.bar, params.progress, left(payload.bar)),
    stream: process.stderr,
    hideCursor: true,
    emptyOnZero: true,
    fps: 5,
    linewrap: false,
  });
  const bars = new Map<string, SingleBar>();
  const tellTroubles = troubleTeller((text) => multi.log(`${pc.yellow('! ')}${text}\n`));
  return {
    show: (snapshot) => {
      for (const bar of barsOf(snapshot)) {
        const shown = bars.get(bar.stage) ?? multi.create(bar.total, bar.done, { bar });
        bars.set(bar.stage, shown);
        shown.update(bar.done, { bar });
      }
      tellTroubles(snapshot);
    },
    close: () => multi.stop(),
  };
}

const WIDTH = 24;
const colours = { waiting: pc.dim, running: pc.cyan, done: pc.green, failed: pc.red };

function formatBar(bar: Bar, progress: number, left: number | undefined): string {
  const filled = Math.round(WIDTH * Math.min(1, Math.max(0, progress)));
  const drawn = colours[bar.state]('█'.repeat(filled)) + pc.dim('░'.repeat(WIDTH - filled));
  const count = bar.unit === 'epochs' ? `${Math.floor(bar.done)}/${bar.total} epochs` : bar.state;
  const detail =
    bar.state === 'running'
      ? [bar.what, figures(bar, left)].filter(Boolean).join(' · ')
      : figures({ ...bar, message: '' }, undefined);
  return `${bar.stage.padEnd(11)} ${drawn} ${count.padEnd(16)} ${pc.dim(bar.state === 'waiting' ? '' : detail)}`;
}

const EVERY_MILLISECONDS = 5000;

function lineDisplay(left: Eta): ProgressDisplay {
  const last = new Map<string, { at: number; state: string; done: number }>();
  const print = (text: string) => void process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);
  const tellTroubles = troubleTeller((text) => print(`! ${text}`));
  const show = (bar: Bar) => {
    const eta = left(bar);
    const before = last.get(bar.stage) ?? { at: 0, state: 'waiting', done: 0 };
    const moved = Math.floor(bar.done) > Math.floor(before.done) && Date.now() - before.at >= EVERY_MILLISECONDS;
    if (bar.state === before.state && !moved) return;
    last.set(bar.stage, { at: Date.now(), state: bar.state, done: bar.done });
    const count = bar.unit === 'epochs' ? ` ${Math.floor(bar.done)}/${bar.total} epochs` : '';
    const detail = [bar.what, figures(bar, eta)].filter(Boolean).join(', ');
    print(`${bar.stage}: ${bar.state}${count}${detail ? ` (${detail})` : ''}`);
  };
  return {
    show: (snapshot) => {
      barsOf(snapshot).forEach(show);
      tellTroubles(snapshot);
    },
    close: () => {},
  };
}
