import { Command } from 'commander';
import { cancelCommand } from './commands/cancel';
import { compareCommand } from './commands/compare';
import { completionCommand } from './commands/completion';
import { dataCommand } from './commands/data';
import { doctorCommand } from './commands/doctor';
import { embedCommand } from './commands/embed';
import { exportCommand } from './commands/export';
import { listCommand } from './commands/list';
import { metricsCommand } from './commands/metrics';
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

const epilogue = `
The first run: byol start mnist-quickstart --up

Exit codes: 0 done · 1 the experiment failed or was cancelled · 2 wrong input (spec, setting, name, command line) ·
3 Temporal or object storage cannot be reached or refuses · 130 Ctrl-C; a reader that closes the pipe (| head) is no error

Settings: TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE and Temporal's own config file; BYOL_BUCKET, BYOL_PREFIX, BYOL_S3_ENDPOINT,
AWS_* or [storage] in ~/.config/durable-byol/config.toml; otherwise the stack that "byol up" runs on this machine.
NO_COLOR turns colours off.`;

/** The whole command line. */
export function program(): Command {
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
    metricsCommand(),
    exportCommand(),
    predictCommand(),
    embedCommand(),
    neighboursCommand(),
    compareCommand(),
    upCommand(),
    doctorCommand(),
    specCommand(),
    dataCommand(),
    completionCommand(program),
  ];
  for (const command of commands) byol.addCommand(command.exitOverride().showSuggestionAfterError());
  return byol.exitOverride();
}
