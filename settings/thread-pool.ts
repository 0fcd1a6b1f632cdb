import { availableParallelism } from 'node:os';

/** What Node takes where nobody says otherwise. */
const usual = 4;

/**
 * Gives Node's own pool, in which images are decoded and files are read, a thread for each core. It is made with the first
 * of them: call this before.
 */
export function widenThreadPool(environment: NodeJS.ProcessEnv, cores = availableParallelism()): void {
  environment['UV_THREADPOOL_SIZE'] ??= String(Math.max(usual, cores));
}
