import type { Program } from '../training/program';

/** Intra-op threads of TensorFlow: a number that was asked for, or the cores that they are chosen for. */
export type Threads = number | { cores: number };

/** Multiplications of a typical product; docs/engine.md: two threads slowed steps down at 48 million, much less so at 190 million. */
const worthSharing = 100e6;

/**
 * Threads within one operation of a program; results are equal bit for bit only between runs with the same number. Half of
 * the cores where operations are long: two of them run side by side, one for each view of a BYOL step.
 */
export function intraThreads({ product }: Pick<Program, 'product'>, threads: Threads): number {
  if (typeof threads === 'number') return threads;
  return product < worthSharing ? 1 : Math.max(1, Math.floor(threads.cores / 2));
}
