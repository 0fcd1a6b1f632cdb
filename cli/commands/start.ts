import { Command } from 'commander';
import { doubtsOf } from '../../experiment/doubts';
import { namedDatasets } from '../../experiment/named-datasets';
import { presets } from '../../experiment/presets';
import type { ExperimentSpec } from '../../experiment/resolve';
import { probeStore } from '../../storage/probe';
import { experimentSpec } from '../../storage/keys';
import { CliFailure, exitCodes } from '../failure';
import { finish } from '../finish';
import { openOutput, remark, type Output } from '../output';
import { lookFor, plannedSpec, planRequest } from '../planned';
import { runAnew } from '../present';
import { recordSpec } from '../record';
import { startRun } from '../runs';
import { withSessionUp, type Session } from '../session';
import { settleSpec } from '../settle';
import { loadUnsettledSpec } from '../spec-file';
import { specYaml } from '../../report/spec-yaml';
import type { HeldStack } from '../stack';
import { keptOf, sayGoingOn, standings } from '../standing';

interface Options {
  up?: boolean;
  wait: boolean;
  json?: boolean;
  plan?: boolean;
}

const examples = `
Examples:
  byol start data=photos --up                 a folder of images: settings chosen from the data and the machine
  byol start data=cifar10 time=2h             a public dataset, and a plan that fits the time
  byol start mnist-quickstart --up            the quickstart, with a local stack for as long as it takes
  byol start my-spec.yaml                     a spec of your own (byol spec mnist-quickstart > my-spec.yaml)
  byol start mnist-quickstart name=longer pretraining.epochs=12 'seeds=[1,2,3,4,5]'
  byol start stl10-blog dataset.source=/data/stl10_binary.tar.gz --no-wait

Ctrl-C leaves the experiment running; "byol watch NAME" shows it again. With --up it pauses with the
stack, which stops with the command that started it: the same command, or "byol up", goes on from the last checkpoint.`;

export function startCommand(): Command {
  return new Command('start')
    .description('run an experiment and show its progress, or join the one that runs under its name')
    .argument(
      '<spec>',
      `a YAML file; a preset: ${Object.keys(presets).join(', ')}; or data=PATH|NAME, for which an experiment is planned ` +
        `(names: ${Object.keys(namedDatasets).join(', ')})`,
    )
    .argument('[settings...]', 'settings to change, as key=value with dotted keys; with data= also time=20m')
    .option(
      '--up',
      'start a local stack (Temporal, S3, workers) when none is running, and stop it when no command uses it',
    )
    .option('--no-wait', 'start it and return')
    .option('--plan', 'with data=: print the plan and its spec as YAML, and start nothing')
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples)
    .action(start);
}

/** Gives the spec once there is a session: it is read before, or planned with the help of a worker. */
type SpecSource = (session: Session, interrupted?: AbortSignal) => Promise<ExperimentSpec>;

async function start(presetOrFile: string, pairs: string[], options: Options): Promise<void> {
  const output = openOutput(options.json);
  const source = await specSource(presetOrFile, pairs, options, output);
  const begin = async (session: Session, stack?: HeldStack) => {
    const spec = await source(session, stack?.interrupted);
    return options.plan ? showPlan(spec, output) : run(session, spec, options, output, stack);
  };
  process.exitCode = await withSessionUp(options, begin);
}

async function specSource(first: string, pairs: string[], options: Options, output: Output): Promise<SpecSource> {
  const request = planRequest([first, ...pairs]);
  if (request) {
    const look = await lookFor(request, new AbortController().signal);
    return async (session, interrupted) => {
      await probeStore(session.store);
      return plannedSpec(session, request, look, output, interrupted);
    };
  }
  if (options.plan)
    throw new CliFailure(
      exitCodes.input,
      '--plan is for data=PATH|NAME; "byol spec SPEC" prints a spec that there is.',
    );
  const loaded = loadUnsettledSpec(first, pairs);
  for (const doubt of doubtsOf(loaded.spec)) remark(`Note: ${doubt}`);
  return async (session, interrupted) => {
    if (loaded.unsettled.length === 0) return loaded.spec;
    await probeStore(session.store);
    return settleSpec(session, loaded, interrupted);
  };
}

function showPlan(spec: ExperimentSpec, output: Output): number {
  output.line();
  output.line(specYaml(spec));
  output.answer(spec);
  return exitCodes.ok;
}

async function run(
  session: Session,
  given: ExperimentSpec,
  options: Options,
  output: Output,
  stack?: HeldStack,
): Promise<number> {
  const { store } = session;
  await probeStore(store);
  const known = (await store.head(experimentSpec(given.name))) !== null;
  const spec = await recordSpec(store, given);
  if (spec.description !== given.description) remark(`"${spec.name}" keeps the description that it was started with.`);
  const stages = known ? await standings(store, spec) : [];
  if (stack?.interrupted.aborted)
    throw new CliFailure(exitCodes.interrupted, 'Interrupted before the experiment was started.');
  const state = await startRun(session, spec, false, stages.map(keptOf));
  const page = session.uiPage(spec.name);
  if (state === 'completed') {
    output.line(runAnew(spec.name));
    return finish(session, spec.name, output, stack);
  }
  if (state === 'started' && !stages.some(({ done }) => done > 0)) output.line(`Started "${spec.name}".`);
  else sayGoingOn(spec.name, state, stages, output);
  if (page) output.line(`In Temporal's UI: ${page}`);
  if (options.wait) return finish(session, spec.name, output, stack);
  output.line(`To see its progress: byol watch ${spec.name}`);
  output.answer({ experiment: spec.name, status: 'running', joined: state === 'running', stages, ui: page });
  return exitCodes.ok;
}
