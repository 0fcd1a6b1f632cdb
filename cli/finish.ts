import type { experiment } from '../workflows/experiment';
import { exitCodes, type ExitCode } from './failure';
import { followRun } from './follow';
import type { Output } from './output';
import { presentResult } from './present';
import type { Session } from './session';

/**
 * Follows an experiment to its end and presents the result, or, after Ctrl-C, says how to come back to it.
 * @throws {CliFailure} when the experiment fails
 */
export async function finish(
  session: Session,
  name: string,
  output: Output,
  interrupted?: AbortSignal,
): Promise<ExitCode> {
  const run = session.client.workflow.getHandle<typeof experiment>(name);
  if ((await followRun(session, run, output, interrupted)) === 'closed') {
    await presentResult(session, run, name, output);
    return exitCodes.ok;
  }
  output.line(
    `"${name}" goes on without this command. To see it again: byol watch ${name}. To stop it: byol cancel ${name}.`,
  );
  output.answer({ experiment: name, status: 'running' });
  return exitCodes.interrupted;
}
