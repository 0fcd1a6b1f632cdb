import { leaderboard, type Leaderboard } from '../../experiment/sweep/leaderboard';
import * as keys from '../../storage/keys';
import type { ObjectStore } from '../../storage/object-store';
import { CliFailure, exitCodes } from '../failure';

/**
 * The experiment that a name stands for where results are asked for: of a sweep its winner, else itself.
 * @throws {CliFailure} where a sweep has no winner yet
 */
export async function winnerOrSelf(store: ObjectStore, name: string): Promise<string> {
  if ((await store.head(keys.sweepPlan(name))) === null) return name;
  const key = keys.leaderboard(name);
  const standing = await standingOf(store, name);
  if (standing === undefined)
    throw new CliFailure(
      exitCodes.input,
      `The leaderboard of the sweep "${name}" (${key} in ${store.location}) cannot be read: something else has written it, or ` +
        `another version of byol. While the sweep runs it is written anew; of one that has ended, "byol resume ${name}" ` +
        `shows the winner, whose own name can be given instead.`,
    );
  if (standing?.winner) return standing.winner.experiment;
  throw new CliFailure(
    exitCodes.input,
    `"${name}" is a sweep that has no winner yet. "byol status ${name}" shows how it stands, and the names of its members, which are ` +
      `experiments of their own.`,
  );
}

/** How the members of a sweep stand. null: nobody has written it down yet; undefined: it is no leaderboard. */
export async function standingOf(store: ObjectStore, sweep: string): Promise<Leaderboard | null | undefined> {
  const stored = await store.getIfPresent(keys.leaderboard(sweep));
  return stored && read(stored.body.toString('utf8'));
}

function read(text: string): Leaderboard | undefined {
  try {
    return leaderboard.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
