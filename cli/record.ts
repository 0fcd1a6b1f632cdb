import { experimentName } from '../experiment/names';
import { recordOnce } from '../experiment/record';
import { parseSpec, type ExperimentSpec } from '../experiment/resolve';
import { nextName } from '../experiment/start-line';
import { ObjectMissingError } from '../storage/errors';
import { experimentRuns, experimentSpec, sweepPlan } from '../storage/keys';
import type { ObjectStore } from '../storage/object-store';
import { getSealed, putSealed } from '../storage/sealed';
import { CliFailure, exitCodes } from './failure';

/**
 * Writes the spec under the experiment's name, once and for all: a name stands for one spec.
 * @returns the one that is stored, whose description may be another
 * @throws {CliFailure} when another spec has the name, with every setting that differs
 */
export async function recordSpec(store: ObjectStore, spec: ExperimentSpec): Promise<ExperimentSpec> {
  if ((await store.head(sweepPlan(spec.name))) !== null)
    throw new CliFailure(
      exitCodes.input,
      `There is a sweep "${spec.name}" already. Take another name for this experiment: name=${nextName(spec.name)}.`,
    );
  const { changed, stored } = await recordOnce(
    spec,
    (body) => putSealed(store, keyOf(spec.name), body, experimentRuns(spec.name)),
    () => storedSpec(store, spec.name),
  );
  if (changed.length === 0) return stored;
  throw new CliFailure(
    exitCodes.input,
    `There is an experiment "${spec.name}" already, with other settings (its -> yours):\n` +
      `${changed.map((change) => `  ${change}`).join('\n')}\n` +
      `Take another name for this one (name=${nextName(spec.name)}), or go on with the old one and its settings ` +
      `(byol resume ${spec.name}, which shows its result where it is complete; start a stack with "byol up" first, if none runs).`,
  );
}

/**
 * The spec that an experiment was started with.
 * @throws {CliFailure} when there is no such experiment or its record is not a spec
 * @throws RecordEditedError
 */
export async function storedSpec(store: ObjectStore, name: string): Promise<ExperimentSpec> {
  const key = keyOf(name);
  let body;
  try {
    body = await getSealed(store, key);
  } catch (error) {
    if (!(error instanceof ObjectMissingError)) throw error;
    throw new CliFailure(
      exitCodes.input,
      `There is no experiment "${name}" in ${store.location}. "byol list" shows those that Temporal knows.`,
      { cause: error },
    );
  }
  try {
    return parseSpec(JSON.parse(body.toString('utf8')));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CliFailure(
      exitCodes.input,
      `The stored spec of "${name}" (${key} in ${store.location}) cannot be read; something else has written it, or ` +
        `another version of byol. ${why}`,
      { cause: error },
    );
  }
}

function keyOf(name: string): string {
  checkName(name);
  return experimentSpec(name);
}

/** @throws {CliFailure} for what cannot be an experiment's name */
export function checkName(name: string): void {
  if (experimentName.test(name)) return;
  throw new CliFailure(
    exitCodes.input,
    `${JSON.stringify(name)} cannot be the name of an experiment: names are 1 to 63 of a-z, 0-9 and "-", with "-" not at either end.`,
  );
}
