import type { experiment } from '../../workflows/experiment';
import type { sweep } from '../../workflows/sweep';
import { exitCodes, type ExitCode } from '../failure';
import { leavingLine } from '../finish';
import { outcomeOf } from '../outcome';
import type { Output } from '../output';
import { presentResult } from '../present';
import type { Session } from '../session';
import type { HeldStack } from '../stack';
import { followSweep } from './follow';
import { leaderboardTable } from './table';

/**
 * Follows a sweep to its end and presents the leaderboard and the winner, or, after Ctrl-C, says how to come back to it.
 * @throws {CliFailure} when the sweep fails
 * @param stack the dev stack, where this command was to bring one
 */
export async function finishSweep(
  session: Session,
  name: string,
  output: Output,
  stack?: HeldStack,
): Promise<ExitCode> {
  const { workflow } = session.client;
  const run = workflow.getHandle<typeof sweep>(name);
  if ((await followSweep(session, run, output, stack?.interrupted)) === 'detached') {
    output.line(leavingLine(name, stack));
    output.answer({ sweep: name, status: 'running' });
    return exitCodes.interrupted;
  }
  const { leaderboard, winner } = await outcomeOf(run, name, 'sweep');
  output.line();
  output.line(leaderboardTable(leaderboard));
  const { experiment: best } = leaderboard.winner ?? { experiment: name };
  output.line(`The winner, by the validation split: ${best}. It is an experiment like any other: byol report ${best}.`);
  const shown: Output = { ...output, answer: () => {} };
  const bestRun = workflow.getHandle<typeof experiment>(best);
  const keepInMind = await presentResult(session, bestRun, best, shown, stack?.stops);
  output.answer({ sweep: name, status: 'completed', leaderboard, winner, keepInMind, ui: session.uiPage(name) });
  return exitCodes.ok;
}
