import { createWriteStream, mkdirSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Readable } from 'node:stream';
import pc from 'picocolors';

const colours = [pc.cyan, pc.magenta, pc.yellow, pc.green, pc.blue];
const LARGEST_LOG = 20_000_000;

export interface Log {
  /** Everything that comes out of a stream: to the file, and what `readable` makes of it to the screen. */
  follow(stream: Readable): void;
  /** A line of the stack's own about this program. */
  say(text: string): void;
  /** The last lines, for the error that a program which did not start is reported with. */
  tail(): string;
  /** From now on to the file alone: what servers complain about while they are stopped is of no use. */
  quiet(): void;
  close(): void;
  readonly file: string;
}

/**
 * The log of one program of the stack: all of it in a file, a readable extract with the program's name before each line.
 * @param readable what to show of a line; undefined for nothing
 */
export function openLog(
  folder: string,
  name: string,
  print: (line: string) => void,
  readable: (line: string) => string | undefined,
): Log {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = path.join(folder, `${name}.log`);
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > LARGEST_LOG) renameSync(file, `${file}.old`);
  const sink = createWriteStream(file, { flags: 'a', mode: 0o600 });
  sink.on('error', () => undefined); // a full disk must not end the stack
  const colour = colours[[...name].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % colours.length] ?? pc.cyan;
  const recent: string[] = [];
  let silent = false;
  const show = (text: string) => silent || print(`${colour(name.padEnd(10))} ${pc.dim('|')} ${text}`);
  const take = (line: string) => {
    if (line.trim() === '') return;
    sink.write(`${line}\n`);
    if (recent.push(line.trim()) > 12) recent.shift();
    const shown = readable(line);
    if (shown !== undefined) show(shown);
  };
  return {
    file,
    follow: (stream) => eachLine(stream, take),
    say: (text) => {
      sink.write(`${new Date().toISOString()} ${name} ${text}\n`);
      show(text);
    },
    tail: () => recent.slice(-3).join(' / ').slice(-600) || 'it printed nothing',
    quiet: () => (silent = true),
    close: () => sink.end(),
  };
}

/** Calls back for every line, the last one also without its newline. */
function eachLine(stream: Readable, take: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    lines.forEach(take);
  });
  stream.on('end', () => take(rest));
}

/** Temporal's and the workers' log lines, which may be JSON or key=value, as a sentence. */
export function readableLine(line: string): string {
  const fields = parseJson(line);
  if (fields) {
    const { msg, message, level, time, pid, hostname, name, v, ...rest } = fields;
    const text = [msg, message].find((value) => typeof value === 'string') ?? line;
    const more = Object.entries(rest).filter(([, value]) => typeof value !== 'object');
    return [text, ...more.map(([key, value]) => pc.dim(`${key}=${String(value)}`))].join(' ');
  }
  return line.replace(/^time=\S+ level=(\S+) msg=/, '$1 ').trimEnd();
}

function parseJson(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
