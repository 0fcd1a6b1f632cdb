import { z } from 'zod';
import { sha256 } from '../../storage/integrity';
import type { ObjectStore } from '../../storage/object-store';

/** A result that the report needs is not in storage. */
export class ResultMissingError extends Error {
  readonly retryable = false;
  override readonly name = 'ResultMissingError';
}

/** An object that this program wrote holds something else now. */
export class ResultDamagedError extends Error {
  readonly retryable = false;
  override readonly name = 'ResultDamagedError';
}

/** What an object of ours holds. @throws ResultDamagedError that names the key */
export function parseStoredResult<T>(body: Buffer, schema: z.ZodType<T>, key: string): T {
  return parsed(schema, json(body, key), key);
}

function json(body: Buffer, key: string): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (cause) {
    throw damaged(key, 'it is not JSON', cause);
  }
}

/** @throws ResultDamagedError that names the key */
export function parsed<T>(schema: z.ZodType<T>, value: unknown, key: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw damaged(key, z.prettifyError(result.error).replaceAll('\n', ' '), result.error);
}

/** @throws ResultDamagedError where the bytes of an object are not those that were written */
export function requireDigest(body: Buffer, digest: string, key: string): void {
  if (sha256(body) !== digest)
    throw damaged(key, 'by its SHA-256 it was cut short, changed or mixed up with another', undefined);
}

/** What is said of an object that is not what it was written as. */
export function damaged(key: string, why: string, cause: unknown): ResultDamagedError {
  return new ResultDamagedError(
    `${key} is not what this program wrote: ${why}. Remove that object and resume the experiment ("byol resume", with ` +
      `--again where it is complete): it is made again.`,
    { cause },
  );
}

/** @param what is not there: a key, or a few words */
export function missing(store: ObjectStore, what: string): ResultMissingError {
  return new ResultMissingError(
    `The report needs ${what}, which is not in ${store.location}: it was removed after it was written. Resume the ` +
      `experiment ("byol resume"): what is missing is made again, the rest is kept.`,
  );
}
