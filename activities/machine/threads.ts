import type { Program } from '../../training/program';

/** Intra-op threads of TensorFlow: a number that was asked for, or the machine that they are chosen for. */
export type Threads = number | { cores: number; devices: number };

/**
 * Multiplications of a convolution from which on two threads were faster than one (two cores, bench/threads in
 * docs/engine.md: 48 million lost, 190 million gained).
 */
const worthSharing = 100e6;

/**
 * Threads within one operation of a program; results are equal bit for bit only between runs with the same number. The
 * two views of a BYOL step keep two operations at work, a classifier's step hardly more than one, and devices that are
 * shares of a CPU train side by side.
 */
export function intraThreads({ step }: Pick<Program, 'step'>, threads: Threads): number {
  if (typeof threads === 'number') return threads;
  if (step.product < worthSharing) return 1;
  return Math.max(1, Math.floor(threads.cores / (step.chains === 2 ? 2 : threads.devices)));
}
