import { setImmediate } from 'node:timers/promises';
import { channelsOf, imageSizeOf } from '../../experiment/datasets';
import type { ExperimentSpec } from '../../experiment/resolve';
import { pretrainingProgram } from '../../training/byol/program';
import type { Device } from '../../training/graph/graph';
import { withPulse } from '../pulse';
import type { TrainingDependencies } from '../training-dependencies';
import { monitorSample } from '../../experiment/monitor-sample';
import { mostAccumulated } from '../../experiment/spec';
import { engineBytes, fillable, MemoryError, memoryNeed, shownBytes } from './memory';

export interface FitMicroBatchInput {
  /** `pretraining.batch` is the images of an optimizer step, `accumulate` 1. */
  spec: ExperimentSpec;
}

/** A step's images in equal parts. */
export interface FittedMicroBatch {
  batch: number;
  accumulate: number;
  /** Bytes that pretraining is estimated to need with it, and that this worker has. */
  needed: number;
  memory: number;
}

export type FitMicroBatch = (input: FitMicroBatchInput) => Promise<FittedMicroBatch>;

/** @returns the activity `fitMicroBatch`: the largest equal part of a step's images that is estimated to fit into this worker's memory. */
export function createFitMicroBatch({
  memory,
  device,
}: Pick<TrainingDependencies, 'memory' | 'device'>): FitMicroBatch {
  return ({ spec }) => withPulse({ stage: 'fit' }, () => fitMicroBatch(spec, memory, device));
}

/** @throws MemoryError where the memory is not known, or no part is small enough */
export async function fitMicroBatch(
  spec: ExperimentSpec,
  memory: number | undefined,
  device: Device,
): Promise<FittedMicroBatch> {
  if (memory === undefined)
    throw new MemoryError(
      'pretraining.accumulate=auto asks what fits into memory, and the worker does not know how much its GPU has: start it ' +
        'with BYOL_MEMORY_GB, or give pretraining.batch and pretraining.accumulate as numbers.',
    );
  if (memory <= engineBytes)
    throw new MemoryError(
      `This worker has ${shownBytes(memory)} of memory for pretraining, and TensorFlow alone takes ${shownBytes(engineBytes)}: give it more ` +
        `(BYOL_MEMORY_GB, where it may take more than it knows of), or use a larger machine.`,
    );
  const { batch } = spec.pretraining;
  const most = Math.min(mostAccumulated, Math.floor(batch / 2));
  const parts = Array.from({ length: most }, (_, at) => at + 1).filter((count) => batch % count === 0);
  const needs = needOf(spec, device);
  const fits = async (count: number) => (await needs(count)) <= fillable(memory);
  // A step that is divided keeps its gradients as well: the whole may fit where halves do not.
  const fitting = (await fits(1)) ? 1 : await firstThat(fits, parts.slice(1));
  if (fitting !== undefined)
    return { batch: batch / fitting, accumulate: fitting, needed: await needs(fitting), memory };
  const least = parts.at(-1) ?? 1;
  throw new MemoryError(
    `pretraining.accumulate=auto finds no equal part of pretraining.batch ${batch} that fits: ${batch / least} images at a time ` +
      `still need about ${shownBytes(await needs(least))}, and of this worker's ${shownBytes(memory)} at most ${shownBytes(fillable(memory))} may be ` +
      `filled (TensorFlow takes ${shownBytes(engineBytes)}, half of the rest stays free). Use a smaller network (model.width) or smaller ` +
      `images, fewer of them (dataset.unlabelled), a batch with smaller divisors, or a larger machine.`,
  );
}

/** The first of those that hold, which are all after it: by halving, since every look takes a program. */
async function firstThat(
  holds: (count: number) => Promise<boolean>,
  counts: readonly number[],
): Promise<number | undefined> {
  let [from, to] = [0, counts.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (await holds(counts[middle] as number)) to = middle;
    else from = middle + 1;
  }
  return counts[from];
}

/** Bytes of pretraining with a step in so many parts. Others of this process get their turn before each look. */
function needOf(spec: ExperimentSpec, device: Device): (parts: number) => Promise<number> {
  const [size, channels] = [imageSizeOf(spec.dataset), channelsOf(spec.dataset)];
  const flat = new Array<number>(channels).fill(0.5);
  const format = { height: size, width: size, channels, mean: flat, std: flat };
  const { unlabelled } = spec.dataset;
  const images = unlabelled === 'all' ? 0 : unlabelled * size * size * channels;
  const known = new Map<number, number>();
  return async (accumulate) => {
    await setImmediate();
    const { batch } = spec.pretraining;
    const divided = { ...spec, pretraining: { ...spec.pretraining, batch: batch / accumulate, accumulate } };
    const written = () => pretrainingProgram(divided, format, monitorSample, device);
    const need = known.get(accumulate) ?? memoryNeed(written(), images).total;
    known.set(accumulate, need);
    return need;
  };
}
