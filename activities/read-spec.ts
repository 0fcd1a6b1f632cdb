import { specDigest } from '../experiment/digest';
import { parseSpec } from '../experiment/resolve';
import type { ExperimentSpec } from '../experiment/resolve';
import { experimentSpec } from '../storage/keys';
import type { ObjectStore } from '../storage/object-store';

/** Names an experiment's folder in the bucket and the spec it was started with. */
export interface ExperimentRef {
  name: string;
  /** sha256 of the spec's canonical JSON. */
  specDigest: string;
}

/** The spec in the bucket is not the one that the run was started with, or none at all. */
export class SpecChangedError extends Error {
  readonly retryable = false;
  override readonly name = 'SpecChangedError';
}

/**
 * Reads the spec that a run was started with.
 *
 * @throws SpecChangedError when the bucket holds another one, or what is no spec
 */
export async function readSpec(
  store: ObjectStore,
  { name, specDigest: expected }: ExperimentRef,
): Promise<ExperimentSpec> {
  const key = experimentSpec(name);
  const spec = parseStoredSpec(key, await store.get(key));
  const found = specDigest(spec);
  if (found === expected) return spec;
  throw new SpecChangedError(
    `The spec of the experiment ${name} in ${store.location} (${key}) has the digest ${found.slice(0, 16)}, and the run was ` +
      `started with ${expected.slice(0, 16)}. Somebody wrote over it, or this worker is of another version. Put the old spec ` +
      `back, or start the changed one under a new name.`,
  );
}

/** @throws SpecChangedError for what is no spec */
export function parseStoredSpec(key: string, body: Buffer): ExperimentSpec {
  try {
    return parseSpec(JSON.parse(body.toString('utf8')));
  } catch (error) {
    throw new SpecChangedError(
      `${key} is not a spec any more, or was written by another version of this program: ${(error as Error).message}`,
      { cause: error },
    );
  }
}
