import { CommanderError } from 'commander';
import { DatasetError, DownloadError } from '../datasets/errors';
import { SpecError } from '../experiment/problems';
import { DevStackError } from '../infra/dev-stack/stack-error';
import { SettingsError } from '../settings/settings-error';
import { StorageError } from '../storage/errors';
import { RecordEditedError } from '../storage/sealed';
import { StorageSettingsError } from '../storage/settings';

/** What the process ends with; `byol --help` lists them. */
export const exitCodes = {
  ok: 0,
  /** The experiment failed or was cancelled; or a fault in this program. */
  failed: 1,
  /** A spec, setting, name or command line that cannot be used. */
  input: 2,
  /** Temporal or object storage: down, refusing, or without the bucket. */
  unreachable: 3,
  /** Ctrl-C. */
  interrupted: 130,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** An end of a command that is not a success: one paragraph with the remedy, and the exit code. */
export class CliFailure extends Error {
  override readonly name = 'CliFailure';
  constructor(
    readonly exitCode: ExitCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Any error as the paragraph and exit code that the command ends with. */
export function explain(error: unknown): { message: string; exitCode: ExitCode } {
  if (error instanceof CliFailure) return { message: error.message, exitCode: error.exitCode };
  if (error instanceof CommanderError)
    return { message: error.message.replace(/^error: /, ''), exitCode: exitCodes.input };
  if (error instanceof SpecError || error instanceof SettingsError || error instanceof StorageSettingsError)
    return { message: error.message, exitCode: exitCodes.input };
  if (error instanceof DatasetError || error instanceof RecordEditedError)
    return { message: error.message, exitCode: exitCodes.input };
  if (error instanceof DownloadError) return { message: error.message, exitCode: exitCodes.unreachable };
  if (error instanceof StorageError) return { message: error.message, exitCode: exitCodes.unreachable };
  if (error instanceof DevStackError)
    return { message: `${error.message} ${error.remedy}`, exitCode: exitCodes.unreachable };
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { message: `A fault in byol itself; please report it with these lines.\n${text}`, exitCode: exitCodes.failed };
}
