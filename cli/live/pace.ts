import type { StageName, StageProgress } from '../../workflows/progress';
import { clock, hasStarted, liveDone } from '../bars';
import type { PendingActivity, Snapshot } from '../snapshot';

/** What is left of an experiment. */
export interface Remaining {
  seconds: number;
  /** Stages that come on top: nobody knows yet how long they take. */
  unknown: StageName[];
}

/** 'about 5:00 left in all', or 'about 0:50 left, and fine-tuned on top: how long it takes is not known yet'. */
export const leftWords = ({ seconds, unknown }: Remaining): string =>
  unknown.length === 0
    ? `about ${clock(seconds)} left in all`
    : `about ${clock(seconds)} left, and ${unknown.join(', ').replace(/, ([^,]*)$/, ' and $1')} on top: how long ${unknown.length === 1 ? 'it takes' : 'they take'} is not known yet`;

interface Spent {
  /** Of the time that went by, this kind's share. */
  seconds: number;
  epochs: number;
}

/** A gap between two snapshots that is longer (a laptop that slept) says nothing about the training. */
const LONGEST_GAP = 15;
/** Below it a pace is chance. */
const SHORTEST = 3;

/**
 * Learns from one snapshot to the next what an epoch of each kind costs: the time that goes by is shared out among the
 * trainings that are at work in it, so that two which run at once, on two devices or on one, cost what they take from the
 * whole. Time in which a stage waits for a device does not count. That makes the rest of the whole experiment, as long as
 * about as many run at once as did.
 */
export class Pace {
  private before: number | undefined;
  private readonly done = new Map<string, number>();
  private readonly spent = new Map<string, Spent>();
  /** Seconds that went to a stage before its first progress: its program is loaded once and not for each epoch. */
  private readonly begun = new Map<string, number>();
  /** The least of them, by kind. */
  private readonly setups = new Map<string, number>();

  /** @param now milliseconds */
  observe({ view, pending }: Snapshot, now: number): void {
    const stages = view?.stages ?? [];
    const gap = this.before === undefined ? 0 : (now - this.before) / 1000;
    const counts = gap > 0 && gap <= LONGEST_GAP;
    const trainings = stages.flatMap(({ id, unit }) => (unit === 'epochs' ? atWork(pending.get(id)) : []));
    for (const stage of stages) {
      const activities = pending.get(stage.id) ?? [];
      const live = liveDone(
        stage,
        activities.map(({ pulse }) => pulse),
      );
      const known = this.done.get(stage.id);
      const done = Math.max(known ?? 0, live);
      this.done.set(stage.id, done);
      if (stage.unit !== 'epochs') continue;
      const share = atWork(activities).length / Math.max(1, trainings.length);
      if (counts) this.spend(stage, gap * share, done, known === undefined ? 0 : done - known);
    }
    this.before = now;
  }

  /** Epochs of a stage done, never fewer than it had before. */
  doneOf(stage: StageProgress): number {
    return Math.min(stage.total, Math.max(stage.done, this.done.get(stage.id) ?? 0));
  }

  /** undefined: nothing is known yet, or nothing is left. */
  left({ view }: Snapshot): Remaining | undefined {
    let seconds = 0;
    const unknown = new Set<StageName>();
    for (const stage of view?.stages ?? []) {
      const epochs = stage.unit === 'epochs' && stage.state !== 'done' ? stage.total - this.doneOf(stage) : 0;
      if (epochs <= 0) continue;
      const each = this.secondsPerEpoch(stage);
      if (each === undefined) unknown.add(stage.stage);
      else seconds += epochs * each;
      if (this.doneOf(stage) === 0) seconds += this.setups.get(kindOf(stage)) ?? 0;
    }
    return seconds > 0 ? { seconds, unknown: [...unknown] } : undefined;
  }

  private spend(stage: StageProgress, seconds: number, done: number, epochs: number): void {
    const [{ id }, kind] = [stage, kindOf(stage)];
    const before = this.begun.get(id) ?? 0;
    if (done === 0) return void this.begun.set(id, before + seconds);
    if (this.begun.delete(id)) this.setups.set(kind, Math.min(before, this.setups.get(kind) ?? before));
    const { seconds: s, epochs: e } = this.spent.get(kind) ?? { seconds: 0, epochs: 0 };
    this.spent.set(kind, { seconds: s + seconds, epochs: e + epochs });
  }

  /** Of its own kind; of classifiers else from another arm or, in proportion, from another number of labels. */
  private secondsPerEpoch(stage: StageProgress): number | undefined {
    const own = this.known(kindOf(stage));
    if (own !== undefined || stage.stage === 'pretraining') return own;
    const others = [...this.spent.keys()].flatMap((kind) => {
      const [arm, labels] = kind.split(' ');
      const each = arm === 'pretraining' ? undefined : this.known(kind);
      return each === undefined ? [] : [{ labels, each }];
    });
    const same = others.find(({ labels }) => labels === String(stage.labels));
    if (same) return same.each;
    const [other] = others;
    const ratio = other && Number(stage.labels) / Number(other.labels);
    return other && ratio && Number.isFinite(ratio) ? other.each * ratio : undefined;
  }

  private known(kind: string): number | undefined {
    const { seconds, epochs } = this.spent.get(kind) ?? { seconds: 0, epochs: 0 };
    return seconds >= SHORTEST && epochs > 0 ? seconds / epochs : undefined;
  }
}

/** A stage may have several at once: a classifier's search. */
const atWork = (activities: readonly PendingActivity[] = []): PendingActivity[] =>
  activities.filter((each) => hasStarted([each]));

const kindOf = ({ stage, labels }: StageProgress): string => `${stage} ${labels ?? ''}`;
