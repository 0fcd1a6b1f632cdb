import type { experiment } from '../workflows/experiment';
import { exitCodes, type ExitCode } from './failure';
import { followRun } from './follow';
import type { Output } from './output';
import { presentResult } from './present';
import type { Session } from './session';
import type { HeldStack } from './stack';

/**
 * Follows an experiment to its end and presents the result, or, after Ctrl-C, says how to come back to it.
 * @throws {CliFailure} when the experiment fails
 * @param stack the dev stack, where this command was to bring one
 */
export async function finish(session: Session, name: string, output: Output, stack?: HeldStack): Promise<ExitCode> {
  const run = session.client.workflow.getHandle<typeof experiment>(name);
  if ((await followRun(session, run, output, stack)) === 'closed') {
    await presentResult(session, run, name, output, stack?.stops);
    return exitCodes.ok;
  }
  output.line(leavingLine(name, stack));
  output.answer({ experiment: name, status: 'running' });
  return exitCodes.interrupted;
}

/** How to come back to what was left while it runs. */
export const leavingLine = (name: string, stack?: HeldStack): string =>
  stack?.stops
    ? `"${name}" pauses when the local stack stops, with the command that started it. "byol up" starts the stack again, and it goes on by itself; to see it then: byol watch ${name}.`
    : `"${name}" goes on without this command. To see it again: byol watch ${name}. To stop it: byol cancel ${name}.`;
