/**
 * Everything that can go wrong with object storage, a class for each kind of remedy. `retryable` says whether the same
 * call can succeed later without anybody changing anything; activities mark the others as non-retryable.
 */
export abstract class StorageError extends Error {
  abstract readonly retryable: boolean;
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** Nothing answers at the endpoint, the connection broke, or the server says that it is overloaded or failing. */
export class StorageUnreachableError extends StorageError {
  readonly retryable = true;
}

/** The bucket does not exist. */
export class BucketMissingError extends StorageError {
  readonly retryable = false;
}

/** Credentials are missing, wrong or not allowed to do this. */
export class AccessDeniedError extends StorageError {
  readonly retryable = false;
}

/** The server answers, but these settings or this server cannot work: wrong region, ignored conditions. */
export class StorageUnsuitableError extends StorageError {
  readonly retryable = false;
}

export class ObjectMissingError extends StorageError {
  readonly retryable = false;
}

/** The bytes that came back are not those that were stored. */
export class ObjectDamagedError extends StorageError {
  readonly retryable = false;
}

/** No room for a file on this machine. */
export class DiskFullError extends StorageError {
  readonly retryable = false;
}

const networkCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ERR_STREAM_PREMATURE_CLOSE',
]);
const networkNames = new Set(['TimeoutError', 'RequestTimeout', 'NetworkingError']);
const accessNames = new Set([
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'AccessDenied',
  'ExpiredToken',
  'InvalidToken',
  'CredentialsProviderError',
]);
const settingsNames = new Set([
  'PermanentRedirect',
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
]);

interface Failure {
  name?: string;
  code?: string;
  message?: string;
  errors?: Failure[];
  $metadata?: { httpStatusCode?: number };
}

/** HTTP status of an SDK error, if the server answered at all. */
export function statusOf(error: unknown): number | undefined {
  return (error as Failure | undefined)?.$metadata?.httpStatusCode;
}

/** Whether the SDK gave up on a request, as against a body that broke off later. */
export function wasSent(error: unknown): boolean {
  return (error as Failure | undefined)?.$metadata !== undefined;
}

function networkCode(error: Failure): string | undefined {
  if (error.code !== undefined && networkCodes.has(error.code)) return error.code;
  if (error.name !== undefined && networkNames.has(error.name)) return error.name;
  if (error.message === 'aborted') return 'connection closed in the middle of an answer';
  // The SDK wraps an error that comes from another realm and keeps only its message.
  const wrapped = /^AWS SDK error wrapper for .*\b(E[A-Z]{4,}|socket hang up)\b/.exec(error.message ?? '')?.[1];
  if (wrapped !== undefined) return wrapped;
  return error.errors?.map(networkCode).find((code) => code !== undefined);
}

export interface OperationContext {
  /** such as "read" or "write" */
  action: string;
  key: string;
  /** "s3://bucket/prefix at endpoint" */
  location: string;
  bucket: string;
}

function unreachable(context: OperationContext, why: string, cause: unknown): StorageUnreachableError {
  return new StorageUnreachableError(
    `Object storage did not answer as it should while trying to ${context.action} "${context.key}" in ` +
      `${context.location} (${why}). Look whether the server is running and reachable from this machine, and whether ` +
      `the endpoint is right (BYOL_S3_ENDPOINT, or [storage] endpoint in the config file); "byol up" starts a local one.`,
    { cause },
  );
}

/** The answer to a HEAD has no body, and the SDK calls it unknown. */
const answerOf = (failure: Failure): string =>
  failure.name === 'Unknown' || failure.name === undefined
    ? `HTTP ${statusOf(failure) ?? 'refusal'}`
    : `${failure.name}${failure.message ? `: ${failure.message}` : ''}`;

function denied(context: OperationContext, failure: Failure): AccessDeniedError {
  return new AccessDeniedError(
    `Object storage refused to ${context.action} "${context.key}" in ${context.location} ` +
      `(${answerOf(failure)}). Give credentials that may ` +
      `read, write, list and delete in the bucket "${context.bucket}": AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a ` +
      `profile, or the role of this machine. If they are right, look whether this machine's clock is.`,
    { cause: failure },
  );
}

/**
 * Turns an error of the SDK into one of the classes above, with a sentence that says what was tried, where, and what
 * to do. Errors that are not about storage (a bug, an abort) come back as they are.
 */
export function translateStorageError(error: unknown, context: OperationContext): unknown {
  if (error instanceof StorageError || typeof error !== 'object' || error === null) return error;
  const failure = error as Failure;
  const status = statusOf(error);
  const network = networkCode(failure);
  if (network !== undefined && status === undefined) return unreachable(context, network, error);
  if (failure.name === 'NoSuchBucket') {
    return new BucketMissingError(
      `The bucket "${context.bucket}" does not exist (${context.location}; seen while trying to ${context.action} ` +
        `"${context.key}"). Make it, or name another one with BYOL_BUCKET or [storage] bucket in the config file.`,
      { cause: error },
    );
  }
  if (accessNames.has(failure.name ?? '') || status === 401 || status === 403) return denied(context, failure);
  if (settingsNames.has(failure.name ?? '') || status === 301 || status === 307) {
    return new StorageUnsuitableError(
      `Object storage at ${context.location} does not accept these settings (${failure.name ?? status}: ` +
        `${failure.message ?? ''}). Usually the region is wrong (AWS_REGION, [storage] region), or the endpoint needs ` +
        `the other value of [storage] force_path_style.`,
      { cause: error },
    );
  }
  if (failure.name === 'NoSuchKey' || status === 404) {
    return new ObjectMissingError(`There is no object "${context.key}" in ${context.location}.`, { cause: error });
  }
  if (status !== undefined) {
    const full = status >= 500 ? '; a server whose disk is full may say so too' : '';
    return unreachable(context, `${status} ${failure.name ?? ''}: ${failure.message}${full}`, error);
  }
  return error;
}

/** Turns "no space left" into a sentence; everything else comes back as it is. */
export function translateDiskError(error: unknown, path: string): unknown {
  const code = (error as Failure | undefined)?.code;
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error;
  return new DiskFullError(
    `The disk is full: "${path}" could not be written (${code}). Nothing half-written is left behind. Free some space, ` +
      `or point BYOL_CACHE_DIR at a folder on a larger disk.`,
    { cause: error },
  );
}
