import { availableParallelism } from 'node:os';

/** Files that are looked at at once: enough to keep every core busy while others are being read. */
export const filesAtOnce = () => Math.min(64, 2 * availableParallelism());

/**
 * Works on every item, a few at once, in order of their beginning. The first failure ends it, after what had begun.
 * @throws what `work` throws; the signal's own reason
 */
export async function inParallel<T>(
  items: readonly T[],
  atOnce: number,
  signal: AbortSignal,
  work: (item: T, at: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  let failed = false;
  const worker = async () => {
    while (next < items.length && !failed) {
      signal.throwIfAborted();
      const at = next++;
      await work(items[at] as T, at).catch((error: unknown) => {
        failed = true;
        throw error;
      });
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  const failure = ends.find((end) => end.status === 'rejected');
  if (failure) throw failure.reason;
}
