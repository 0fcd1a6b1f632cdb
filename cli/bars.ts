import { encoderFigures, type EncoderFigures } from '../experiment/encoder-figures';
import type { StageName, StageProgress } from '../workflows/progress';
import type { PendingActivity, Pulse, Snapshot } from './snapshot';

/** One stage of the pipeline, all its seeds and label budgets together. */
export interface Bar extends EncoderFigures {
  stage: StageName;
  /** What is under way: `seed 2`, `seed 1, 50 labels`. */
  what: string;
  done: number;
  total: number;
  unit: string;
  state: StageProgress['state'];
  imagesPerSecond?: number;
  loss?: number;
  message?: string;
}

/** Epochs of a stage done, those told by the activities' heartbeats with it: a stage reports 20 times at most. */
export function liveDone(stage: StageProgress, pulses: readonly Pulse[]): number {
  const live = pulses.reduce((sum, { epochsDone, step, steps }) => {
    const part = step !== undefined && steps ? Math.min(1, step / steps) : 0;
    return sum + (stage.unit === 'epochs' ? (epochsDone ?? 0) : 0) + part;
  }, 0);
  const run =
    stage.stage === 'pretraining'
      ? Math.max(
          0,
          ...pulses.map(({ epoch, step, steps }) => (epoch ?? 0) + (steps && step ? Math.min(1, step / steps) : 0)),
        )
      : 0;
  return Math.min(stage.total, Math.max(run, stage.done + live));
}

const nameOf = ({ seed, labels }: StageProgress): string =>
  [...(seed === undefined ? [] : [`seed ${seed}`]), ...(labels === undefined ? [] : [`${labels} labels`])].join(', ');

const stateOf = (stages: readonly StageProgress[]): Bar['state'] => {
  if (stages.some(({ state }) => state === 'failed')) return 'failed';
  if (stages.every(({ state }) => state === 'done')) return 'done';
  return stages.some(({ state }) => state !== 'waiting') ? 'running' : 'waiting';
};

/** The bars of a snapshot, in the order of the pipeline. */
export function barsOf({ view, pending }: Snapshot): Bar[] {
  const stages = view?.stages ?? [];
  return [...new Set(stages.map(({ stage }) => stage))].map((stage) => {
    const all = stages.filter((each) => each.stage === stage);
    const active = all.filter(({ id, state }) => state === 'running' && hasStarted(pending.get(id) ?? []));
    const pulses = active.flatMap(({ id }) => (pending.get(id) ?? []).map(({ pulse }) => pulse));
    // What is under way is named, so its figures must be its own; where nothing is named, the latest will do.
    const latest = (active[0] ? active.slice(0, 1) : all).findLast(
      ({ lastLoss, imagesPerSecond }) => lastLoss !== undefined || imagesPerSecond !== undefined,
    );
    const own = active[0] ? (pending.get(active[0].id) ?? []).map((each) => each.pulse) : [];
    const pulse = own.find(({ loss, imagesPerSecond }) => loss !== undefined || imagesPerSecond !== undefined) ?? {};
    const [loss, imagesPerSecond] = [pulse.loss ?? latest?.lastLoss, pulse.imagesPerSecond ?? latest?.imagesPerSecond];
    const message = pulses.map((each) => each.message).find((text) => text !== undefined);
    const state = stateOf(all);
    return {
      stage,
      what: state === 'running' && active[0] ? nameOf(active[0]) : '',
      done: all.reduce(
        (sum, each) =>
          sum +
          liveDone(
            each,
            (pending.get(each.id) ?? []).map((one) => one.pulse),
          ),
        0,
      ),
      total: all.reduce((sum, each) => sum + each.total, 0),
      unit: all[0]!.unit,
      state,
      ...(loss === undefined ? {} : { loss }),
      ...(imagesPerSecond === undefined ? {} : { imagesPerSecond }),
      ...(message === undefined ? {} : { message }),
      ...encoderOf(active[0] ? active.slice(0, 1) : all),
    };
  });
}

/** The newest figures of an encoder among the stages; a collapse is told whichever of them has it. */
function encoderOf(stages: readonly StageProgress[]): EncoderFigures {
  const { knnAccuracy, effectiveRank } = stages.findLast((stage) => stage.effectiveRank !== undefined) ?? {};
  const collapsed = stages.find((stage) => stage.collapsed)?.collapsed;
  return {
    ...(knnAccuracy === undefined ? {} : { knnAccuracy }),
    ...(effectiveRank === undefined ? {} : { effectiveRank }),
    ...(collapsed ? { collapsed } : {}),
  };
}

/** A stage may be running while its activity waits for the device: then it has no heartbeat yet. */
export const hasStarted = (activities: readonly PendingActivity[]): boolean =>
  activities.some(({ pulse, started }) => started !== false && Object.keys(pulse).length > 0);

/** What is being tried again, and why: the one thing that a waiting user has to know. */
export function troublesOf({ pending, silence }: Snapshot): string[] {
  const retried = [...pending.values()].flat().filter(({ attempt, failure }) => attempt > 1 && failure);
  const sentences = retried.map(
    ({ type, attempt, failure }) => `${type} is tried again (attempt ${attempt}): ${failure}`,
  );
  return [...new Set([...(silence === undefined ? [] : [silence]), ...sentences])];
}

/** 75 -> 1:15, 3700 -> 1:01:40 */
export function clock(seconds: number): string {
  const whole = Math.round(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const tail = `${String(minutes).padStart(hours > 0 ? 2 : 1, '0')}:${String(rest).padStart(2, '0')}`;
  return hours > 0 ? `${hours}:${tail}` : tail;
}

/** `1,620 images/s, loss 0.52, kNN 87%, rank 41`: what is known. */
export function figures(bar: Pick<Bar, 'imagesPerSecond' | 'loss' | 'message' | keyof EncoderFigures>): string {
  const rate =
    bar.imagesPerSecond === undefined ? [] : [`${Math.round(bar.imagesPerSecond).toLocaleString('en-US')} images/s`];
  const loss = bar.loss === undefined ? [] : [`loss ${bar.loss.toPrecision(3)}`];
  return [...rate, ...loss, ...encoderFigures(bar), ...(bar.message ? [bar.message] : [])].join(', ');
}
