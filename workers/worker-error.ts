/** A worker cannot do its work: one paragraph that says why and what to do. */
export class WorkerError extends Error {
  override readonly name = 'WorkerError';
}
