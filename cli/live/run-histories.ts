import { parseMetrics, type RunMetrics } from '../../experiment/run-metrics';
import { runMetrics } from '../../storage/keys';
import type { ObjectStore } from '../../storage/object-store';
import type { Snapshot } from '../snapshot';

const EVERY_MILLISECONDS = 4000;

/** The metrics.jsonl of the runs that are under way, read again now and then. The page does without what cannot be read. */
export class RunHistories {
  readonly byRun = new Map<string, readonly RunMetrics[]>();
  private readonly readAt = new Map<string, number>();

  constructor(
    private readonly store: Pick<ObjectStore, 'getIfPresent'>,
    private readonly experiment: string,
  ) {}

  /** Begins to read what is due; nobody waits for it. */
  refresh({ pending }: Snapshot, now: number): void {
    const runs = [...pending.values()].flat().flatMap(({ pulse }) => (pulse.run === undefined ? [] : [pulse.run]));
    for (const run of new Set(runs)) {
      if (now - (this.readAt.get(run) ?? -Infinity) < EVERY_MILLISECONDS) continue;
      this.readAt.set(run, now);
      void this.read(run).catch(() => {});
    }
  }

  private async read(run: string): Promise<void> {
    const stored = await this.store.getIfPresent(runMetrics(this.experiment, run));
    if (stored) this.byRun.set(run, parseMetrics(stored.body.toString('utf8')));
  }
}
