import { Command } from 'commander';
import pc from 'picocolors';
import { dataFolder } from '../../settings/folders';
import { examine, type Patient } from '../../infra/doctor/examine';
import { exitCodes, explain } from '../failure';
import { callable, openOutput, type Output } from '../output';
import { resolveSettings } from '../settings';
import { runningStack } from '../stack';

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('show what is there, in which version, and what is missing with its remedy')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  byol doctor\n\nExit code 1 when something is missing that a run needs.')
    .action(doctor);
}

const marks = { ok: pc.green('ok  '), warn: pc.yellow('warn'), fail: pc.red('fail') };

async function doctor(options: { json?: boolean }): Promise<void> {
  const output = openOutput(options.json);
  const checks = await examine({ dataDir: dataFolder(process.env), ...(await services(output)) });
  for (const { name, status, detail, remedy } of checks) {
    output.line(`${marks[status]} ${name.padEnd(16)} ${detail}`);
    if (remedy !== undefined && status !== 'ok') output.line(`     ${' '.repeat(16)} ${pc.dim(remedy)}`);
  }
  output.answer(checks);
  process.exitCode = checks.some(({ status }) => status === 'fail') ? exitCodes.failed : exitCodes.ok;
}

/** What the other commands would talk to; settings that cannot be used are told, and the rest is still examined. */
async function services(output: Output): Promise<Omit<Patient, 'dataDir'>> {
  try {
    const { temporal, storage } = await resolveSettings(process.env, runningStack(), false);
    return { temporal, storage };
  } catch (error) {
    const { message, exitCode } = explain(error);
    if (exitCode !== exitCodes.unreachable) output.line(`${marks.fail} ${'settings'.padEnd(16)} ${callable(message)}`);
    return {};
  }
}
