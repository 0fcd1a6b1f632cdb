import pc from 'picocolors';
import { CliFailure, exitCodes } from '../failure';
import type { Output } from '../output';
import type { Session } from '../session';
import { reason } from '../temporal';
import type { sweep } from '../../workflows/sweep';
import { sweepView } from './follow';
import { leaderboardTable } from './table';

/** Prints how the members of a sweep stand. @throws {CliFailure} when no worker answers */
export async function sweepStatus(session: Session, name: string, output: Output): Promise<void> {
  const { client } = session;
  const run = client.workflow.getHandle<typeof sweep>(name);
  const status = (await run.describe()).status.name.toLowerCase().replace('_', ' ');
  const view = await sweepView(client, run).catch((error: unknown) => {
    throw new CliFailure(
      exitCodes.unreachable,
      `The sweep "${name}" is ${status}, but nobody can say how far it is: ${reason(error)}. "byol up" brings workers.`,
      { cause: error },
    );
  });
  const { leaderboard, failure } = view;
  output.line(`${pc.bold(name)}: ${status}, rung ${leaderboard.rung} of ${leaderboard.rungs}`);
  output.line(leaderboardTable(leaderboard));
  if (failure !== undefined) output.line(`Why: ${failure}`);
  if (leaderboard.winner) output.line(leaderboard.winner.headline);
  const page = session.uiPage(name);
  if (page) output.line(`In Temporal's UI: ${page}`);
  output.answer({ sweep: name, status, failure, leaderboard, ui: page });
}
