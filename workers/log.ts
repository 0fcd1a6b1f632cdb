import { DefaultLogger } from '@temporalio/worker';
import type { LogEntry, LogLevel } from '@temporalio/worker';
import pc from 'picocolors';
import pino from 'pino';
import type { DestinationStream, Level, Logger } from 'pino';

/** Of an entry's fields, those that a person at a terminal has no use for. */
const internal = new Set(['level', 'time', 'msg', 'err', 'sdkComponent', 'runId', 'workflowRunId', 'namespace']);
const colours: Record<string, (text: string) => string> = { '40': pc.yellow, '50': pc.red, '60': pc.red };

/**
 * JSON, a line an entry; readable lines where a person looks at a terminal.
 *
 * @param format `json` for JSON on a terminal too
 */
export function openLog({ format, level = 'info' }: { format?: string; level?: string }): Logger {
  const readable = process.stdout.isTTY && format !== 'json';
  const options = { level, base: null, errorKey: 'err' };
  return readable ? pino(options, terminal) : pino(options);
}

const terminal: DestinationStream = {
  write: (line) => process.stdout.write(`${readableLine(JSON.parse(line) as Record<string, unknown>)}\n`),
};

/** An entry as a sentence with its fields behind it. */
export function readableLine(entry: Record<string, unknown>): string {
  const time = new Date(Number(entry['time'])).toTimeString().slice(0, 8);
  const fields = Object.entries(entry).filter(([name, value]) => !internal.has(name) && typeof value !== 'object');
  const tint = colours[String(entry['level'])] ?? ((text: string) => text);
  const more = fields.map(([name, value]) => pc.dim(`${name}=${String(value)}`));
  return [pc.dim(time), tint(String(entry['msg'])), ...more].join(' ');
}

/** The SDK's warnings and errors through our log. What an activity failed with stands in the message, where it is read. */
export function sdkLogger(log: Logger): DefaultLogger {
  const levels: Record<LogLevel, Level> = {
    TRACE: 'trace',
    DEBUG: 'debug',
    INFO: 'info',
    WARN: 'warn',
    ERROR: 'error',
  };
  return new DefaultLogger('WARN', ({ level, message, meta }: LogEntry) => {
    if (message.startsWith('No workflows registered')) return; // of the GPU worker, which is to have none
    const { error, ...rest } = (meta ?? {}) as Record<string, unknown>;
    const fields = Object.entries(rest).filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value));
    const err = error instanceof Error ? { err: error } : {};
    const why = error instanceof Error ? `: ${error.message}` : '';
    log[levels[level]]({ ...Object.fromEntries(fields), ...err }, `${message}${why}`);
  });
}
