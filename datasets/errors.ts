/** The dataset is not what it should be, or not enough of it: trying again cannot help. */
export class DatasetError extends Error {
  readonly retryable = false;
  override readonly name = 'DatasetError';
}
