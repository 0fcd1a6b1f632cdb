import { longProduct } from '../training/graph/work';
import type { Program } from '../training/program';

/** Intra-op threads of TensorFlow: a number that was asked for, or the cores and the trainings at once that they are chosen for. */
export type Threads = number | { cores: number; devices: number };

/** Inter-op threads of TensorFlow: the two views or the two networks of a step, or both halves of a batch. */
export const operationsSideBySide = 2;

/**
 * Threads within one operation of a program; results are equal bit for bit only between runs with the same number. Half of
 * the cores where operations are long and two of them run side by side, of a BYOL step, or of two
 * trainings; all of them for a classifier that trains by itself.
 */
export function intraThreads(
  { product, sideBySide }: Pick<Program, 'product' | 'sideBySide'>,
  threads: Threads,
): number {
  if (typeof threads === 'number') return threads;
  const alone = sideBySide === 1 && threads.devices === 1;
  return product < longProduct ? 1 : Math.max(1, Math.floor(threads.cores / (alone ? 1 : 2)));
}
