import { float32Feed, int32Feed } from '../../engine/protocol';
import type { Precision } from '../../experiment/precision';
import { parseSpec, type ExperimentSpec } from '../../experiment/resolve';
import { pretrainingProgram } from '../../training/byol/program';
import { imagesOf } from '../reference/network-fixture';
import { ProgramRunner } from './program-runner';
import type { useEngine } from './run-graph';

/** Grey images as MNIST's are normalized. */
export const digits = { height: 28, width: 28, channels: 1, mean: [0.1307], std: [0.3081] };

/** A spec whose pretraining a test can run in a moment. @param pretraining is added to what all have */
export function smallByol(
  { width, ...more }: { width: number; precision?: Precision },
  { hidden, output, ...pretraining }: { hidden: number; output: number } & Record<string, unknown>,
): ExperimentSpec {
  return parseSpec({
    name: 'small',
    dataset: { kind: 'mnist-idx' },
    model: { backbone: 'resnet-mini', stem: '5x5', width },
    ...more,
    pretraining: {
      ...{ epochs: 1, learningRate: 1, projector: { hidden, output }, predictor: { hidden } },
      views: { first: [{ op: 'random-resized-crop' }], second: [{ op: 'random-resized-crop' }] },
      ...pretraining,
    },
    classifier: { epochs: 1, batch: 2, optimizer: { name: 'adam' }, learningRates: [1] },
  });
}

/** Its program with two batches of images, at starting weights that are the same for all of its size. */
export async function startByol(engine: ReturnType<typeof useEngine>, spec: ExperimentSpec): Promise<ProgramRunner> {
  const { batch } = spec.pretraining;
  const images = imagesOf(2000, 2 * batch, 1, 28);
  const runner = await ProgramRunner.install(engine, pretrainingProgram(spec, digits, batch), images, 2 * batch);
  await runner.call('init', { key: int32Feed([1]) });
  return runner;
}

/** Accumulates the gradients of both batches. */
export const accumulateBoth = (runner: ProgramRunner, batch: number) =>
  runner.call('accumulate', {
    indices: int32Feed(
      Array.from({ length: 2 * batch }, (_, at) => at),
      [2, batch],
    ),
    key: int32Feed([1, 2], [2]),
    step: int32Feed([0]),
  });

/** The first optimizer step, of what was accumulated. */
export const applyFirst = (runner: ProgramRunner, learningRate: number, tau: number) =>
  runner.call('apply', {
    optimizer_step: int32Feed([0]),
    learning_rate: float32Feed([learningRate]),
    tau: float32Feed([tau]),
  });
