import { differences } from './overrides';
import type { ExperimentSpec } from './resolve';

/** What is stored under an experiment's name, and in what it differs from what was to be. */
export interface Recorded {
  /** Every setting that differs, in words: none where they are the same. */
  changed: string[];
  stored: ExperimentSpec;
}

/**
 * Writes a spec as its experiment's record, once and for all: a name stands for one spec. Of descriptions the
 * first one stays.
 *
 * @param put writes it where there is none yet
 * @param stored reads the record that is there already
 */
export async function recordOnce(
  spec: ExperimentSpec,
  put: (body: Buffer) => Promise<'created' | 'exists'>,
  stored: () => Promise<ExperimentSpec>,
): Promise<Recorded> {
  if ((await put(Buffer.from(`${JSON.stringify(spec, null, 2)}\n`))) === 'created')
    return { changed: [], stored: spec };
  const first = await stored();
  return { changed: settingsThatDiffer(first, spec), stored: first };
}

/** In words, what another spec under a name has not as the stored one: a description is no setting. */
export const settingsThatDiffer = (stored: ExperimentSpec, other: ExperimentSpec): string[] =>
  differences(stored, { ...other, description: stored.description });
