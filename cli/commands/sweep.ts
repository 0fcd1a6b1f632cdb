import { Command, InvalidArgumentError, Option } from 'commander';
import { doubtsOf } from '../../experiment/doubts';
import { mostMembers } from '../../experiment/sweep/grid';
import { mostRungs, type SweepPlan } from '../../experiment/sweep/plan';
import { probeStore } from '../../storage/probe';
import { CliFailure, exitCodes } from '../failure';
import { openOutput, remark, type Output } from '../output';
import { nextName } from '../../experiment/start-line';
import { withSessionUp, type Session } from '../session';
import type { HeldStack } from '../stack';
import { finishSweep } from '../sweep/finish';
import { recordPlan } from '../sweep/record';
import { sweepPlanOf } from '../sweep/request';
import { rungLines, startSweep } from '../sweep/start';

interface Options {
  rungs: number;
  keep: number;
  up?: boolean;
  wait: boolean;
  json?: boolean;
}

const examples = `
Examples:
  byol sweep mnist-quickstart pretraining.learningRate=1e-3,3e-3,1e-2 --up
  byol sweep my-spec.yaml pretraining.learningRate=1e-4,3e-4,1e-3 pretraining.tau.base=.99,.996,.999 --rungs 2
  byol sweep mnist-quickstart 'pretraining.schedule={decay: cosine},{decay: constant}' name=schedules 'seeds=[1,2,3]'

Each combination of the values is a member (at most ${mostMembers}), an experiment of its own: NAME-01, NAME-02, ... Members are
compared by their mean accuracy on the validation split, over arms, seeds and label budgets; only the winner is judged by
the test split, once. A setting with one value is the same for all.

With --rungs N, N - 1 shorter rungs come first (successive halving): each has --keep of the next one's epochs, of
pretraining and of the classifiers, and --keep of its members go on.

Ctrl-C leaves the sweep running; "byol watch", "status", "cancel" and "resume" take its name.`;

export function sweepCommand(): Command {
  return new Command('sweep')
    .description('try every combination of some settings, and judge the best on validation by the test split')
    .argument('<spec>', 'a preset or a YAML file, as for byol start')
    .argument(
      '<settings...>',
      'settings, as key=v1,v2 with dotted keys; those with one value are the same for all members',
    )
    .option('--rungs <number>', 'rungs of successive halving; 1: every member is trained in full', rungsOf, 1)
    .addOption(
      new Option(
        '--keep <fraction>',
        "part of a rung's members that goes on, and of the next rung's epochs that it has",
      )
        .argParser(keepOf)
        .default(1 / 3, '1/3'),
    )
    .option(
      '--up',
      'start a local stack (Temporal, S3, workers) when none is running, and stop it when no command uses it',
    )
    .option('--no-wait', 'start it and return')
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples)
    .action(sweep);
}

function rungsOf(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= mostRungs) return number;
  throw new InvalidArgumentError(`It has to be a whole number from 1 to ${mostRungs}.`);
}

function keepOf(text: string): number {
  const [, over, under] = /^(\d+)\/(\d+)$/.exec(text.trim()) ?? [];
  const fraction = over === undefined ? Number(text || NaN) : Number(over) / Number(under);
  if (fraction > 0 && fraction < 1) return fraction;
  throw new InvalidArgumentError('It has to be a fraction between 0 and 1, such as 1/3 or 0.5.');
}

async function sweep(presetOrFile: string, pairs: string[], options: Options): Promise<void> {
  const output = openOutput(options.json);
  const plan = sweepPlanOf(presetOrFile, pairs, options);
  const doubts = new Set(plan.members.flatMap(({ spec }) => doubtsOf(spec)));
  for (const doubt of doubts) remark(`Note: ${doubt}`);
  process.exitCode = await withSessionUp(options, (session, stack) => run(session, plan, options, output, stack));
}

async function run(
  session: Session,
  given: SweepPlan,
  options: Options,
  output: Output,
  stack?: HeldStack,
): Promise<number> {
  await probeStore(session.store);
  const plan = await recordPlan(session.store, given);
  const { name, members } = plan;
  if (stack?.interrupted.aborted)
    throw new CliFailure(exitCodes.interrupted, 'Interrupted before the sweep was started.');
  const state = await startSweep(session, plan);
  const page = session.uiPage(name);
  if (state === 'completed') {
    output.line(`"${name}" is complete already; this is its result. To run it anew: name=${nextName(name)}.`);
    return finishSweep(session, name, output, stack);
  }
  output.line(
    state === 'running'
      ? `"${name}" is running already; this joins it.`
      : `Started "${name}", ${members.length} members:`,
  );
  for (const line of rungLines(plan)) output.line(`  ${line}`);
  if (page) output.line(`In Temporal's UI: ${page}`);
  if (options.wait) return finishSweep(session, name, output, stack);
  output.line(`To see its progress: byol watch ${name}`);
  output.answer({ sweep: name, status: 'running', joined: state === 'running', members: members.length, ui: page });
  return exitCodes.ok;
}
