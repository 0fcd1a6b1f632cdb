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

/**
 * A result as JSON, with the SHA-256 of all its other members as the last one, `seal`: a number that somebody changes later is no
 * result any more.
 */
export function sealedResult(result: object): Buffer {
  return Buffer.from(`${JSON.stringify({ ...result, seal: sealOf(result) }, null, 2)}\n`);
}

/** Of the members as JSON has them, without spaces between. */
const sealOf = (members: object): string => sha256(Buffer.from(JSON.stringify(members)));

/** What an object of ours holds; one without a seal is taken as it is. @throws ResultDamagedError that names the key */
export function parseStoredResult<T>(body: Buffer, schema: z.ZodType<T>, key: string): T {
  const value = json(body, key);
  const sealed = withSeal.safeParse(value);
  if (sealed.success) {
    const { seal, ...members } = sealed.data;
    if (seal !== sealOf(members)) throw damaged(key, 'by its seal somebody changed a value in it', undefined);
  }
  return parsed(schema, value, key);
}

const withSeal = z.looseObject({ seal: z.string() });

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
