import { contentDigest } from '../../experiment/digest';
import { differences } from '../../experiment/overrides';
import { settingsThatDiffer } from '../../experiment/record';
import { memberSpec, parsePlan, type SweepPlan } from '../../experiment/sweep/plan';
import { experimentSpec, leaderboard, sweepPlan } from '../../storage/keys';
import type { ObjectStore } from '../../storage/object-store';
import { getSealed, putSealed } from '../../storage/sealed';
import { CliFailure, exitCodes } from '../failure';
import { nextName } from '../../experiment/start-line';
import { checkName, storedSpec } from '../record';

/** A plan as plain data: what is stored, and what its digest is of. */
const plain = (plan: SweepPlan): unknown => JSON.parse(JSON.stringify(plan));

/** Names a plan by its content. */
export const planDigest = (plan: SweepPlan): string => contentDigest(plain(plan));

/** What is compared: a description is no setting. */
const settingsOf = (plan: SweepPlan): unknown =>
  plain({ ...plan, members: plan.members.map((member) => ({ ...member, spec: { ...member.spec, description: '' } })) });

/**
 * Writes the plan under the sweep's name, once and for all, after making sure that no name in it is another experiment's.
 * @returns the one that is stored, whose descriptions may be others
 * @throws {CliFailure} where the sweep's name or a member's is taken
 */
export async function recordPlan(store: ObjectStore, plan: SweepPlan): Promise<SweepPlan> {
  const { name } = plan;
  const known = await storedPlan(store, name);
  if (!known) await refuseTaken(store, plan);
  const body = Buffer.from(`${JSON.stringify(plan, null, 2)}\n`);
  if (!known && (await putSealed(store, sweepPlan(name), body, leaderboard(name))) === 'created') return plan;
  const stored = known ?? (await storedPlan(store, name));
  if (!stored)
    throw new CliFailure(
      exitCodes.unreachable,
      `The plan of "${name}" was removed from storage a moment ago. Start it again.`,
    );
  const changed = differences(settingsOf(stored), settingsOf(plan)).slice(0, 10);
  if (changed.length === 0) return stored;
  throw new CliFailure(
    exitCodes.input,
    `There is a sweep "${name}" already, with another plan (its -> yours):\n${changed.map((each) => `  ${each}`).join('\n')}\n` +
      `Take another name for this one (name=${nextName(name)}), or go on with the old one (byol resume ${name}, which shows its winner where it is complete).`,
  );
}

/** The plan of a sweep; null where storage has none of that name. @throws {CliFailure} for what is no plan; RecordEditedError */
export async function storedPlan(store: ObjectStore, name: string): Promise<SweepPlan | null> {
  checkName(name);
  const key = sweepPlan(name);
  if ((await store.head(key)) === null) return null;
  const body = await getSealed(store, key);
  try {
    return parsePlan(JSON.parse(body.toString('utf8')));
  } catch (error) {
    throw new CliFailure(
      exitCodes.input,
      `The stored plan of the sweep "${name}" (${key} in ${store.location}) cannot be read; something else has ` +
        `written it, or another version of byol. ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
}

const atOnce = 16;

async function refuseTaken(store: ObjectStore, plan: SweepPlan): Promise<void> {
  if ((await store.head(experimentSpec(plan.name))) !== null) throw taken(plan.name, plan.name);
  const specs = plan.members.flatMap((_, at) =>
    Array.from({ length: plan.rungs }, (_unused, rung) => memberSpec(plan, at + 1, rung + 1)),
  );
  for (let from = 0; from < specs.length; from += atOnce)
    await Promise.all(
      specs.slice(from, from + atOnce).map(async (spec) => {
        if ((await store.head(experimentSpec(spec.name))) === null) return;
        if (settingsThatDiffer(await storedSpec(store, spec.name), spec).length > 0) throw taken(spec.name, plan.name);
      }),
    );
}

const taken = (name: string, sweep: string) =>
  new CliFailure(
    exitCodes.input,
    `There is an experiment "${name}" already, and the sweep would need that name. Take another one for the sweep: ` +
      `name=${nextName(sweep)}.`,
  );
