import { Command } from 'commander';
import { defaultPorts, devStackOptions, type DevStackFlags } from '../../infra/dev-stack/options';
import { runDevStack } from '../../infra/dev-stack/run';
import { callable } from '../output';

const more = `
Example:
  byol up --ui-port 9000

Data persist in the data folder. Ctrl-C stops everything; experiments that were running go on at the next start.`;

export function upCommand(): Command {
  return new Command('up')
    .description('run Temporal, object storage and the workers on this machine, in the foreground')
    .option('--temporal-port <port>', `Temporal's port (BYOL_TEMPORAL_PORT; ${defaultPorts.temporal})`)
    .option('--ui-port <port>', `the port of Temporal's UI (BYOL_UI_PORT; ${defaultPorts.ui})`)
    .option('--s3-port <port>', `object storage's port (BYOL_S3_PORT; ${defaultPorts.s3})`)
    .option('--data-dir <folder>', 'where data and logs are kept (BYOL_DATA_DIR; ~/.local/share/durable-byol)')
    .addHelpText('after', more)
    .action(up);
}

async function up(flags: DevStackFlags): Promise<void> {
  const print = (line: string) => void process.stdout.write(`${callable(line)}\n`);
  await runDevStack(devStackOptions(flags, process.env, { busyDefault: 'fail', print }));
}
