import { differences } from './overrides';
import type { ExperimentSpec } from './resolve';

/** The part of an object store that a record is written with. */
interface Records {
  putIfAbsent(key: string, body: Buffer, options: { contentType: string }): Promise<'created' | 'exists'>;
}

/**
 * Writes a spec as its experiment's record, once and for all: a name stands for one spec.
 *
 * @param key of the record
 * @param stored reads the record that is there already
 * @returns every setting in which that one differs; none where it is the same spec, or where there was none
 */
export async function recordOnce(
  store: Records,
  key: string,
  spec: ExperimentSpec,
  stored: () => Promise<ExperimentSpec>,
): Promise<string[]> {
  const body = Buffer.from(`${JSON.stringify(spec, null, 2)}\n`);
  const put = await store.putIfAbsent(key, body, { contentType: 'application/json' });
  return put === 'created' ? [] : differences(await stored(), spec);
}
