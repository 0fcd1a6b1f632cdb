import Table from 'cli-table3';
import { Command } from 'commander';
import pc from 'picocolors';
import { percent } from '../../experiment/percent';
import { hasStarted, liveDone, troublesOf } from '../bars';
import { CliFailure, exitCodes } from '../failure';
import { openOutput } from '../output';
import { checkName } from '../record';
import { existingRun } from '../runs';
import { withSession } from '../session';
import { sweepStatus } from '../sweep/status';
import { takeSnapshot, type Snapshot } from '../snapshot';

const notes = `
"waiting": what it starts from is not there yet. "waits its turn": the workers are busy with other trainings. The epochs of
an arm are those of all its learning rates, lengths and numbers of labels together.

Example:
  byol status mnist-quickstart --json | jq .status`;

export function statusCommand(): Command {
  return new Command('status')
    .description('show how far each stage of an experiment is')
    .argument('<name>', "the experiment's name")
    .option('--json', 'print one JSON document')
    .addHelpText('after', notes)
    .action(status);
}

async function status(name: string, options: { json?: boolean }): Promise<void> {
  checkName(name);
  const output = openOutput(options.json);
  await withSession(async (session) => {
    const { kind, run } = await existingRun(session.client, name);
    if (kind === 'sweep') return sweepStatus(session, name, output);
    const snapshot = await takeSnapshot(session.client, run);
    const state = snapshot.status.toLowerCase().replace('_', ' ');
    const troubles = troublesOf(snapshot);
    if (!snapshot.view && !output.json)
      throw new CliFailure(
        exitCodes.unreachable,
        `"${name}" is ${state}, but nobody can say how far it is: ${snapshot.silence ?? 'no answer'}.`,
      );
    output.line(`${pc.bold(name)}: ${state}`);
    output.line(stageTable(snapshot));
    for (const trouble of troubles) output.line(`${pc.yellow('!')} ${trouble}`);
    if (snapshot.view?.failure) output.line(`Why: ${snapshot.view.failure}`);
    if (snapshot.view?.headline) output.line(snapshot.view.headline);
    if (snapshot.view?.report) output.line(`Report: byol report ${name}`);
    const page = session.uiPage(name);
    if (page) output.line(`In Temporal's UI: ${page}`);
    output.answer({ experiment: name, ...snapshot.view, status: state, troubles, ui: page });
  });
}

const figure = (value: number | undefined, show: (value: number) => string): string =>
  value === undefined ? '' : show(value);

/** A row for each stage. */
export function stageTable({ view, pending }: Pick<Snapshot, 'view' | 'pending'>): string {
  const head = ['stage', 'seed', 'labels', 'state', 'done', 'loss', 'images/s', 'test accuracy'];
  const table = new Table({ head, style: { head: [], border: [] } });
  for (const stage of view?.stages ?? []) {
    const activities = pending.get(stage.id) ?? [];
    const pulses = activities.map(({ pulse }) => pulse);
    const idle = activities.length > 0 && !hasStarted(activities) && activities.every(({ attempt }) => attempt === 1);
    const state = stage.state === 'running' && idle ? 'waits its turn' : stage.state;
    const done = stage.unit === 'epochs' ? `${Math.floor(liveDone(stage, pulses))} of ${stage.total} epochs` : '';
    table.push([
      stage.stage,
      figure(stage.seed, String),
      stage.labels === undefined ? '' : String(stage.labels),
      state,
      done,
      figure(stage.lastLoss, (loss) => loss.toPrecision(3)),
      figure(stage.imagesPerSecond, (rate) => rate.toFixed(0)),
      figure(stage.accuracy, percent),
    ]);
  }
  return table.toString();
}
