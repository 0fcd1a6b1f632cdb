import { leaderboard } from '../../experiment/sweep/leaderboard';
import * as keys from '../../storage/keys';
import type { ObjectStore } from '../../storage/object-store';
import { CliFailure, exitCodes } from '../failure';

/**
 * The experiment that a name stands for where results are asked for: of a sweep its winner, else itself.
 * @throws {CliFailure} where a sweep has no winner yet
 */
export async function winnerOrSelf(store: ObjectStore, name: string): Promise<string> {
  if ((await store.head(keys.sweepPlan(name))) === null) return name;
  const stored = await store.getIfPresent(keys.leaderboard(name));
  const standing = stored && leaderboard.safeParse(JSON.parse(stored.body.toString('utf8'))).data;
  if (standing?.winner) return standing.winner.experiment;
  throw new CliFailure(
    exitCodes.input,
    `"${name}" is a sweep that has no winner yet, and only a winner has a report. "byol status ${name}" shows how it stands.`,
  );
}
