import { Command } from 'commander';
import { probeStore } from '../../storage/probe';
import { CliFailure, exitCodes } from '../failure';
import { openOutput, type Output } from '../output';
import { runAnew } from '../present';
import { checkName, storedSpec } from '../record';
import { startRun } from '../runs';
import { withSession, type Session } from '../session';
import { lostInSweep } from '../sweep/lost';
import { storedPlan } from '../sweep/record';
import { resumeSweep } from '../sweep/resume';
import { keptOf, sayGoingOn, standings } from '../standing';
import { finish } from '../finish';

interface Options {
  wait: boolean;
  again?: boolean;
  json?: boolean;
}

const examples = `
Examples:
  byol resume mnist-quickstart
  byol resume mnist-quickstart --again     it is complete, and an exported file or a result was lost or damaged

It uses the spec that the experiment was started with. Stages that are complete are not done again, the others go on from
their last checkpoint.`;

export function resumeCommand(): Command {
  return new Command('resume')
    .description('go on with an experiment that failed, was cancelled or terminated, from where storage says it was')
    .argument('<name>', "the experiment's name")
    .option(
      '--again',
      'also one that is complete: what is missing in storage is made again, weights and report are written anew',
    )
    .option('--no-wait', 'start it and return')
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples)
    .action(resume);
}

async function resume(name: string, options: Options): Promise<void> {
  checkName(name);
  const output = openOutput(options.json);
  process.exitCode = await withSession((session) => run(session, name, options, output));
}

async function run(session: Session, name: string, options: Options, output: Output): Promise<number> {
  const { store } = session;
  await probeStore(store);
  const plan = await storedPlan(store, name);
  if (options.again) await refuseAgain(session, name, plan !== null);
  if (plan) return resumeSweep(session, plan, output, options.wait);
  const spec = await storedSpec(store, name);
  const stages = await standings(store, spec);
  const state = await startRun(session, spec, options.again, stages.map(keptOf));
  if (state === 'completed') {
    output.line(runAnew(name));
    return finish(session, name, output);
  }
  sayGoingOn(name, state, stages, output);
  const page = session.uiPage(name);
  if (page) output.line(`In Temporal's UI: ${page}`);
  if (options.wait) return finish(session, name, output);
  output.answer({ experiment: name, status: 'running', joined: state === 'running', stages, ui: page });
  return exitCodes.ok;
}

/** A sweep is over when it has a winner; a member that lost would be judged by the test split after all. */
async function refuseAgain({ store }: Session, name: string, sweep: boolean): Promise<void> {
  const lost = sweep ? null : await lostInSweep(store, name);
  if (!sweep && lost === null) return;
  throw new CliFailure(
    exitCodes.input,
    sweep
      ? `"${name}" is a sweep, and --again is for experiments: give the name of its winner, which "byol status ${name}" shows.`
      : `There is no report of "${name}" to be written again${lost}`,
  );
}
