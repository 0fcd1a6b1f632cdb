import type { Arm, LabelBudget } from '../../experiment/comparison';
import type { EpochMetrics } from '../../experiment/epoch-metrics';
import { throwIfCancelled, withPulse } from '../pulse';

/** Seconds that one call of the engine should take: it can be neither cancelled nor heard from meanwhile. */
const secondsPerCall = 1;
const mostPerCall = 200;

/** How many micro-batches a call should hold, by the seconds that each of the last call's took and their number. */
export const nextCall = (secondsEach: number, last: number): number =>
  Math.max(1, Math.min(mostPerCall, Math.round(secondsPerCall / secondsEach), last * 8));

/** A pointer for people who watch; storage is the truth. */
export interface Progress {
  stage: 'pretraining' | Arm | 'evaluation';
  seed: number;
  labels?: LabelBudget;
  learningRate?: number;
  /** The run's path in storage. */
  run?: string;
  /** Epochs that this call has finished. */
  epochsDone?: number;
  /** Epochs of the run that are finished. */
  epoch?: number;
}

/** Runs a training activity's work with heartbeats; `show` adds to what they say and changes what it names. */
export function withProgress<T>(progress: Progress, work: (show: (more: object) => void) => Promise<T>): Promise<T> {
  let told: object = progress;
  return withPulse(progress, (tell) => work((more) => tell((told = { ...told, ...more }))));
}

/** Micro-batches of whole epochs: `from` and `to` count finished epochs. */
export interface EpochSteps {
  from: number;
  to: number;
  microBatchesPerEpoch: number;
  imagesPerMicroBatch: number;
  show: (more: { epoch: number } & Record<string, unknown>) => void;
}

export type EpochFigures = Pick<EpochMetrics, 'loss' | 'imagesPerSecond' | 'seconds'> & { at: string };

/**
 * Runs the micro-batches of some epochs in calls of about a second each, with progress and cancellation between them. A call may
 * reach over the end of an epoch, whose time is then its part of the call's. How many a call holds does not change
 * the result.
 *
 * @param call runs `count` micro-batches from number `step` on, counted over the whole run, and returns the loss of each
 * @param boundary no call reaches over a multiple of it
 * @returns the mean loss and the time of each epoch
 */
export async function runMicroBatches(
  { from, to, microBatchesPerEpoch, imagesPerMicroBatch, show }: EpochSteps,
  call: (step: number, count: number) => Promise<ArrayLike<number>>,
  boundary = Infinity,
): Promise<EpochFigures[]> {
  const done: EpochFigures[] = [];
  let [loss, seconds, perCall] = [0, 0, 1];
  for (let step = from * microBatchesPerEpoch; step < to * microBatchesPerEpoch;) {
    throwIfCancelled();
    const count = Math.min(perCall, to * microBatchesPerEpoch - step, boundary - (step % boundary));
    const started = performance.now();
    const losses = await call(step, count);
    const each = (performance.now() - started) / 1000 / count;
    const ended = Date.now();
    for (let within = 0; within < count; within++) {
      [loss, seconds, step] = [loss + (losses[within] ?? NaN), seconds + each, step + 1];
      if (step % microBatchesPerEpoch > 0) continue;
      const imagesPerSecond = (microBatchesPerEpoch * imagesPerMicroBatch) / seconds;
      const at = timeBefore(ended, each * (count - 1 - within));
      done.push({ loss: loss / microBatchesPerEpoch, imagesPerSecond, seconds, at });
      [loss, seconds] = [0, 0];
    }
    const position = { epoch: from + done.length, step: step % microBatchesPerEpoch, steps: microBatchesPerEpoch };
    show({ ...position, loss: losses[count - 1], imagesPerSecond: Math.round(imagesPerMicroBatch / each) });
    perCall = nextCall(each, perCall);
  }
  return done;
}

const timeBefore = (moment: number, seconds: number): string => new Date(moment - 1000 * seconds).toISOString();
