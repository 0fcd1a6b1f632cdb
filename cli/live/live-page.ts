import pc from 'picocolors';
import type { ExperimentSpec } from '../../experiment/resolve';
import type { ObjectStore } from '../../storage/object-store';
import type { ProgressDisplay } from '../progress-display';
import type { Snapshot } from '../snapshot';
import { closingLines, pageLines, type PageState } from './page';
import { Pace } from './pace';
import { RunHistories } from './run-histories';
import { openScreen } from './screen';
import { paint } from './spans';

export interface LivePageOptions {
  name: string;
  spec: ExperimentSpec | null;
  store: Pick<ObjectStore, 'getIfPresent'>;
  ui?: string;
  /** What q does, as the page's last line says. */
  leaving: string;
  onLeave: () => void;
}

/** The page that `byol watch` and `byol start` keep on a terminal: drawn on stderr, keys from stdin. */
export function openLivePage({ store, onLeave, ...fixed }: LivePageOptions): ProgressDisplay {
  const pace = new Pace();
  const histories = new RunHistories(store, fixed.name);
  const colours = pc.createColors(pc.isColorSupported);
  let latest: Snapshot | undefined;
  const stateOf = (snapshot: Snapshot): PageState => {
    const stages = new Map((snapshot.view?.stages ?? []).map((stage) => [stage.id, stage]));
    const done = (id: string) => pace.doneOf(stages.get(id)!);
    return { ...fixed, snapshot, histories: histories.byRun, done, left: pace.left(snapshot), now: new Date() };
  };
  const draw = () => {
    if (!latest) return;
    screen.draw(pageLines(stateOf(latest), screen.size()).map((line) => paint(line, colours)));
  };
  const screen = openScreen(process.stderr, process.stdin, { onLeave, onResize: draw });
  return {
    show: (snapshot) => {
      latest = snapshot;
      pace.observe(snapshot, Date.now());
      histories.refresh(snapshot, Date.now());
      draw();
    },
    close: () => {
      screen.close();
      if (!latest) return;
      const lines = closingLines(stateOf(latest), screen.size().columns);
      process.stderr.write(`${lines.map((line) => paint(line, colours)).join('\n')}\n`);
    },
  };
}
