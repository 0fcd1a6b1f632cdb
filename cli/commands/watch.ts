import { Command } from 'commander';
import { openOutput } from '../output';
import { checkName } from '../record';
import { existingRun } from '../runs';
import { withSession } from '../session';
import { finish } from '../finish';
import { finishSweep } from '../sweep/finish';

export function watchCommand(): Command {
  return new Command('watch')
    .description("show a running experiment's progress until its end, then its result")
    .argument('<name>', "the experiment's name")
    .option('--json', 'print one JSON document at the end')
    .addHelpText('after', '\nExample:\n  byol watch mnist-quickstart\n\nCtrl-C leaves the experiment running.')
    .action(watch);
}

async function watch(name: string, options: { json?: boolean }): Promise<void> {
  checkName(name);
  const output = openOutput(options.json);
  process.exitCode = await withSession(async (session) => {
    const { kind } = await existingRun(session.client, name);
    const page = session.uiPage(name);
    if (page) output.line(`In Temporal's UI: ${page}`);
    return kind === 'sweep' ? finishSweep(session, name, output) : finish(session, name, output);
  });
}
