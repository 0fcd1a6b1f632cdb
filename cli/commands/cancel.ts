import { Command } from 'commander';
import { exitCodes } from '../failure';
import { openOutput } from '../output';
import { checkName } from '../record';
import { existingRun } from '../runs';
import { withSession } from '../session';

export function cancelCommand(): Command {
  return new Command('cancel')
    .description('stop a running experiment or sweep; what it has done is kept')
    .argument('<name>', "the experiment's name")
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  byol cancel mnist-quickstart\n\n"byol resume NAME" goes on with it later.')
    .action(cancel);
}

async function cancel(name: string, options: { json?: boolean }): Promise<void> {
  checkName(name);
  const output = openOutput(options.json);
  await withSession(async ({ client }) => {
    const { kind, run, status } = await existingRun(client, name);
    if (status === 'RUNNING') await run.cancel();
    output.line(
      status === 'RUNNING'
        ? `"${name}" is asked to stop${kind === 'sweep' ? ', and its members with it' : ''}: its training commits or gives up what it is in the middle of. To go on later: byol resume ${name}.`
        : `"${name}" is not running (${status.toLowerCase()}): there is nothing to cancel.`,
    );
    output.answer({ [kind]: name, requested: status === 'RUNNING', status: status.toLowerCase() });
  });
  process.exitCode = exitCodes.ok;
}
