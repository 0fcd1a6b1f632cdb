/** A file of weights that cannot be read, must not be, or does not fit; the message says which file or source it was. */
export class WeightsError extends Error {
  readonly retryable = false;
  override readonly name = 'WeightsError';
}
