#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import pc from 'picocolors';
import { cancelCommand } from './commands/cancel';
import { compareCommand } from './commands/compare';
import { dataCommand } from './commands/data';
import { doctorCommand } from './commands/doctor';
import { embedCommand } from './commands/embed';
import { exportCommand } from './commands/export';
import { listCommand } from './commands/list';
import { neighboursCommand } from './commands/neighbours';
import { predictCommand } from './commands/predict';
import { reportCommand } from './commands/report';
import { resumeCommand } from './commands/resume';
import { specCommand } from './commands/spec';
import { startCommand } from './commands/start';
import { statusCommand } from './commands/status';
import { sweepCommand } from './commands/sweep';
import { upCommand } from './commands/up';
import { watchCommand } from './commands/watch';
import { exitCodes, explain } from './failure';
import { callable } from './output';

const epilogue = `
The first run: byol start mnist-quickstart --up

Exit codes: 0 done · 1 the experiment failed or was cancelled · 2 wrong input (spec, setting, name, command line) ·
3 Temporal or object storage cannot be reached or refuses · 130 Ctrl-C

Settings: TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE and Temporal's own config file; BYOL_BUCKET, BYOL_PREFIX, BYOL_S3_ENDPOINT,
AWS_* or [storage] in ~/.config/durable-byol/config.toml; otherwise the stack that "byol up" runs on this machine.
NO_COLOR turns colours off.`;

function program(): Command {
  const byol = new Command('byol')
    .description(
      'Does self-supervised pretraining on unlabelled images beat the supervised baseline, by how much, how sure?',
    )
    .showSuggestionAfterError()
    .addHelpText('after', epilogue);
  const commands = [
    startCommand(),
    sweepCommand(),
    listCommand(),
    statusCommand(),
    watchCommand(),
    resumeCommand(),
    cancelCommand(),
    reportCommand(),
    exportCommand(),
    predictCommand(),
    embedCommand(),
    neighboursCommand(),
    compareCommand(),
    upCommand(),
    doctorCommand(),
    specCommand(),
    dataCommand(),
  ];
  for (const command of commands) byol.addCommand(command.exitOverride().showSuggestionAfterError());
  return byol.exitOverride();
}

/** Runs one command line, e.g. `['list', '--json']`, and gives the exit code. */
async function main(args: readonly string[]): Promise<number> {
  try {
    await program().parseAsync(args, { from: 'user' });
    return Number(process.exitCode ?? exitCodes.ok);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.input;
    const { message, exitCode } = explain(error);
    process.stderr.write(`${pc.red('Error:')} ${callable(message)}\n`);
    if (args.includes('--json')) process.stdout.write(`${JSON.stringify({ error: message, exitCode }, null, 2)}\n`);
    return exitCode;
  }
}

if (require.main === module) {
  // Node 20 is supported here, and what the SDK will do in 2027 is not the reader's concern.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  // A reader that has seen enough (`byol list | head -1`) closes the pipe.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  void main(process.argv.slice(2)).then((code) => process.exit(code));
}
