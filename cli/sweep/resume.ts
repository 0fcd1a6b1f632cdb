import type { SweepPlan } from '../../experiment/sweep/plan';
import { exitCodes, type ExitCode } from '../failure';
import type { Output } from '../output';
import type { Session } from '../session';
import { finishSweep } from './finish';
import { startSweep } from './start';

/** Goes on with a sweep: members that have their score of a rung are not run again, the others go on from storage. */
export async function resumeSweep(session: Session, plan: SweepPlan, output: Output, wait: boolean): Promise<ExitCode> {
  const { name } = plan;
  const state = await startSweep(session, plan);
  const said = {
    started: `The sweep "${name}" goes on; what its members have done is not done again.`,
    running: `The sweep "${name}" is running already; this joins it.`,
    completed: `The sweep "${name}" is complete already; this is its result.`,
  };
  output.line(said[state]);
  const page = session.uiPage(name);
  if (page) output.line(`In Temporal's UI: ${page}`);
  if (wait || state === 'completed') return finishSweep(session, name, output);
  output.answer({ sweep: name, status: 'running', joined: state === 'running', ui: page });
  return exitCodes.ok;
}
