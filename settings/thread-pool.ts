import { availableParallelism } from 'node:os';

/** What Node takes where nobody says otherwise, and the most that it makes. */
const [usual, most] = [4, 1024];

/**
 * Gives Node's own pool, in which images are decoded and files are read, a thread for each core, where nobody says how many.
 * The pool is made with the first of them: call this before.
 */
export function widenThreadPool(environment: NodeJS.ProcessEnv, cores = availableParallelism()): void {
  const given = Number(environment['UV_THREADPOOL_SIZE'] || NaN);
  // Of anything else libuv makes one thread, or a thousand.
  if (Number.isInteger(given) && given >= 1 && given <= most) return;
  environment['UV_THREADPOOL_SIZE'] = String(Math.min(most, Math.max(usual, cores)));
}
