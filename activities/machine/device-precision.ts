import { readFile } from 'node:fs/promises';
import { cpuComputesBf16, gpusComputeBf16, type Precision } from '../../experiment/precision';
import type { ExperimentSpec } from '../../experiment/resolve';
import type { TrainingDependencies } from '../training-dependencies';

/**
 * The experiment's precision is not one that this worker's device computes in. Neither retryable nor not: some attempts
 * are made, since another worker of the fleet may take the next one.
 */
export class PrecisionError extends Error {
  override readonly name = 'PrecisionError';
}

/**
 * What this machine's device computes in, by the processor's flags or the GPUs' compute capability.
 * @param capabilities of the GPUs that are trained on; none where the driver does not say
 */
export async function devicePrecisions(
  device: 'cpu' | 'gpu',
  capabilities: readonly number[] = [],
): Promise<Precision[]> {
  const bf16 = device === 'gpu' ? gpusComputeBf16(capabilities) : cpuComputesBf16(await cpuFlags());
  return ['fp32', ...(device === 'gpu' ? (['fp16'] as const) : []), ...(bf16 ? (['bf16'] as const) : [])];
}

const cpuFlags = (): Promise<string> => readFile('/proc/cpuinfo', 'latin1').catch(() => '');

/**
 * Nothing where the device computes in the experiment's precision: all of an experiment is trained in one, so a worker that
 * lacks it does not take another in its place.
 * @throws {PrecisionError}
 */
export function requirePrecision(
  { computes, device, worker }: Pick<TrainingDependencies, 'computes' | 'device' | 'worker'>,
  { name, precision }: ExperimentSpec,
): void {
  if (computes === undefined || computes.includes(precision)) return;
  const needs = precision === 'fp16' ? 'fp16 takes a GPU' : 'bf16 takes AVX-512 BF16, AMX, or a GPU from Ampere on';
  throw new PrecisionError(
    `The experiment ${name} is trained in ${precision}, and the device of the worker ${worker}, a ${device.toUpperCase()}, computes in ${computes.join(' and ')} (${needs}; elsewhere it is emulated, ` +
      `slower than fp32). ` +
      `All arms and seeds of an experiment have one precision. Give it a worker whose device has ${precision}, or start it under a new ` +
      `name with precision=${computes.at(-1)}; where workers of several kinds share the queue, precision=fp32 runs on all of them.`,
  );
}
