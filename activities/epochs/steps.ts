import { Context } from '@temporalio/activity';
import type { Arm, LabelBudget } from '../../experiment/comparison';
import type { EpochMetrics } from '../../report/results';
import { withPulse } from '../pulse';

/** Seconds that one call of the engine should take: it can be neither cancelled nor heard from meanwhile. */
const secondsPerCall = 1;
const mostStepsPerCall = 200;
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

/** Throws the cancellation's own reason: after a cancel, a pause, or when the worker shuts down. */
export function throwIfCancelled(): void {
  const { cancellationSignal } = Context.current();
  if (cancellationSignal.aborted) throw cancellationSignal.reason;
}

/**
 * Runs the steps of an epoch in calls of about a second each, with progress and cancellation between them. How many
 * steps a call holds does not change the result.
 *
 * @param call runs `count` steps from `step` on and returns the loss of each
 * @param boundary no call reaches over a multiple of it
 */
export async function runSteps(
  { steps, imagesPerStep, show }: { steps: number; imagesPerStep: number; show: (more: object) => void },
  call: (step: number, count: number) => Promise<ArrayLike<number>>,
  boundary = mostStepsPerCall,
): Promise<Pick<EpochMetrics, 'steps' | 'loss' | 'imagesPerSecond' | 'seconds'>> {
  const started = performance.now();
  let sum = 0;
  let perCall = 1;
  for (let step = 0; step < steps;) {
    throwIfCancelled();
    const count = Math.min(perCall, steps - step, boundary - (step % boundary));
    const from = performance.now();
    const losses = Array.from(await call(step, count));
    const seconds = (performance.now() - from) / 1000;
    sum += losses.reduce((total, loss) => total + loss, 0);
    step += count;
    show({ step, steps, loss: losses.at(-1), imagesPerSecond: Math.round((count * imagesPerStep) / seconds) });
    const fitting = Math.round((count * secondsPerCall) / seconds);
    perCall = Math.max(1, Math.min(mostStepsPerCall, fitting, perCall * 8));
  }
  const seconds = (performance.now() - started) / 1000;
  return { steps, loss: sum / steps, imagesPerSecond: (steps * imagesPerStep) / seconds, seconds };
}
