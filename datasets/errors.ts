/** The dataset is not what it should be, or not enough of it: trying again cannot help. */
export class DatasetError extends Error {
  readonly retryable = false;
  override readonly name = 'DatasetError';
}

/** A download broke off or the server was not up to it: trying again may help. */
export class DownloadError extends Error {
  readonly retryable = true;
  override readonly name = 'DownloadError';
}
