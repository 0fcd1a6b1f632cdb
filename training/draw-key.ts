import { createHash } from 'node:crypto';

/**
 * The int32 that names the random draws of one purpose: equal parts give equal draws, other parts independent ones.
 *
 * @example drawKey(seed, 'views', 0)
 */
export function drawKey(...parts: readonly (string | number)[]): number {
  return createHash('sha256').update(JSON.stringify(parts)).digest().readInt32LE(0);
}
