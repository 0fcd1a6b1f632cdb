import { Command } from 'commander';
import { devStackOptions, type DevStackFlags } from '../../infra/dev-stack/options';
import { userPorts } from '../../infra/dev-stack/ports';
import { runDevStack } from '../../infra/dev-stack/run';
import { callable } from '../output';

const more = `
Example:
  byol up --ui-port 9000

Data persist in the data folder. Ctrl-C stops everything; experiments that were running go on at the next start.`;

export function upCommand(): Command {
  const command = new Command('up').description(
    'run Temporal, object storage and the workers on this machine, in the foreground',
  );
  for (const { port, flag, variable, what } of Object.values(userPorts))
    command.option(`--${flag} <port>`, `the port of ${what} (${variable}; ${port})`);
  return command
    .option('--data-dir <folder>', 'where data and logs are kept (BYOL_DATA_DIR; ~/.local/share/durable-byol)')
    .addHelpText('after', more)
    .action(up);
}

async function up(flags: DevStackFlags): Promise<void> {
  const print = (line: string) => void process.stdout.write(`${callable(line)}\n`);
  await runDevStack({ ...devStackOptions(flags, process.env, { busyDefault: 'fail', print }), lasting: true });
}
