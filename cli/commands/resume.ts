import { Command } from 'commander';
import { probeStore } from '../../storage/probe';
import { exitCodes } from '../failure';
import { openOutput, remark, type Output } from '../output';
import { runAnew } from '../present';
import { checkName, storedSpec } from '../record';
import { startRun } from '../runs';
import { withSession, type Session } from '../session';
import { storedPlan } from '../sweep/record';
import { resumeSweep } from '../sweep/resume';
import { standingLine, standings } from '../standing';
import { finish } from '../finish';

interface Options {
  wait: boolean;
  json?: boolean;
}

const examples = `
Example:
  byol resume mnist-quickstart

It uses the spec that the experiment was started with. Stages that are complete are not done again, the others go on from
their last checkpoint.`;

export function resumeCommand(): Command {
  return new Command('resume')
    .description('go on with an experiment that failed, was cancelled or terminated, from where storage says it was')
    .argument('<name>', "the experiment's name")
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
  if (plan) return resumeSweep(session, plan, output, options.wait);
  const spec = await storedSpec(store, name);
  const stages = await standings(store, spec);
  const state = await startRun(session, spec);
  if (state === 'completed') {
    output.line(runAnew(name));
    return finish(session, name, output);
  }
  output.line(state === 'running' ? `"${name}" is running already; this joins it.` : `"${name}" goes on:`);
  if (state === 'started') {
    for (const stage of stages) output.line(`  ${standingLine(stage)}`);
    for (const skipped of stages.flatMap((stage) => stage.skipped)) remark(`A checkpoint cannot be used: ${skipped}`);
  }
  const page = session.uiPage(name);
  if (page) output.line(`In Temporal's UI: ${page}`);
  if (options.wait) return finish(session, name, output);
  output.answer({ experiment: name, status: 'running', joined: state === 'running', stages, ui: page });
  return exitCodes.ok;
}
