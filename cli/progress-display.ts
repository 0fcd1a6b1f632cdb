import { epochCounts } from '../experiment/epoch-counts';
import type { ExperimentSpec } from '../experiment/resolve';
import { barsOf, clock, figures, troublesOf, type Bar } from './bars';
import { leftWords, Pace } from './live/pace';
import type { Snapshot } from './snapshot';

/** Shows snapshots as they come. */
export interface ProgressDisplay {
  show(snapshot: Snapshot): void;
  /** Leaves the terminal as it was found. */
  close(): void;
}

export const noDisplay: ProgressDisplay = { show: () => {}, close: () => {} };

/** A trouble that lasts is told again that often, since a line that scrolled away an hour ago is forgotten. */
const REMIND_MILLISECONDS = 60_000;

/**
 * Tells each new trouble, again now and then with how long it has lasted, and anew when it comes back after it was gone.
 * @param now milliseconds
 */
export function troubleTeller(tell: (line: string) => void): (snapshot: Snapshot, now: number) => void {
  let known = new Map<string, { since: number; told: number }>();
  return (snapshot, now) => {
    const current = new Map<string, { since: number; told: number }>();
    for (const text of troublesOf(snapshot)) {
      // The number of the attempt alone is no news.
      const trouble = text.replace(/ \(attempt \d+\)/, '');
      const { since = now, told } = known.get(trouble) ?? {};
      const due = told === undefined || now - told >= REMIND_MILLISECONDS;
      if (due) tell(told === undefined ? text : `${text} (for ${clock((now - since) / 1000)} now)`);
      current.set(trouble, { since, told: due ? now : told });
    }
    known = current;
  };
}

const EVERY_MILLISECONDS = 5000;

/**
 * For a pipe or a terminal that cannot draw: a line on stderr when a stage changes or has come further. What is left is
 * told of the whole experiment alone: its stages share the devices.
 */
export function lineDisplay(spec: ExperimentSpec | null): ProgressDisplay {
  const last = new Map<string, { at: number; state: string; done: number }>();
  const pace = new Pace();
  const counts = spec && epochCounts(spec);
  const print = (text: string) => void process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);
  const tellTroubles = troubleTeller((text) => print(`! ${text}`));
  const show = (bar: Bar, snapshot: Snapshot) => {
    const before = last.get(bar.stage) ?? { at: 0, state: 'waiting', done: 0 };
    const moved = Math.floor(bar.done) > Math.floor(before.done) && Date.now() - before.at >= EVERY_MILLISECONDS;
    if (bar.state === before.state && !moved) return;
    last.set(bar.stage, { at: Date.now(), state: bar.state, done: bar.done });
    const epochs = bar.unit === 'epochs';
    const count = epochs ? ` ${Math.floor(bar.done)}/${bar.total} epochs` : '';
    const why = counts && epochs && bar.state !== before.state && bar.state === 'running';
    const unit = why ? [`= ${bar.stage === 'pretraining' ? counts.pretraining : counts.classifiers}`] : [];
    const idle = bar.state === 'running' && epochs && bar.what === '';
    const waits = idle ? ['its next training waits its turn'] : [];
    const detail = [bar.what, ...waits, ...unit, figures(bar), ...leftOf(pace, snapshot, bar)]
      .filter(Boolean)
      .join(', ');
    print(`${bar.stage}: ${bar.state}${count}${detail ? ` (${detail})` : ''}`);
  };
  return {
    show: (snapshot) => {
      pace.observe(snapshot, Date.now());
      for (const bar of barsOf(snapshot)) show(bar, snapshot);
      tellTroubles(snapshot, Date.now());
    },
    close: () => {},
  };
}

function leftOf(pace: Pace, snapshot: Snapshot, { what }: Bar): string[] {
  const left = what === '' ? undefined : pace.left(snapshot);
  return left ? [leftWords(left)] : [];
}
