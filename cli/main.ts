#!/usr/bin/env node
import { CommanderError } from 'commander';
import pc from 'picocolors';
import { widenThreadPool } from '../settings/thread-pool';
import { exitCodes, explain } from './failure';
import { callable } from './output';
import { program } from './program';

/** Runs one command line, e.g. `['list', '--json']`, and gives the exit code. */
async function main(args: readonly string[]): Promise<number> {
  try {
    await program().parseAsync(args, { from: 'user' });
    return Number(process.exitCode ?? exitCodes.ok);
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return exitCodes.ok;
    const { message, exitCode } = explain(error);
    // commander has told its own already
    if (!(error instanceof CommanderError)) process.stderr.write(`${pc.red('Error:')} ${callable(message)}\n`);
    if (args.includes('--json')) process.stdout.write(`${JSON.stringify({ error: message, exitCode }, null, 2)}\n`);
    return exitCode;
  }
}

const isFull = ({ code }: NodeJS.ErrnoException) => code === 'ENOSPC' || code === 'EDQUOT';

const unwritable = (error: NodeJS.ErrnoException): string =>
  isFull(error)
    ? 'The disk is full: what this command prints could not be written where its output goes. Free some space, and run it again.'
    : `What this command prints could not be written where its output goes (${error.message}).`;

const written = (stream: NodeJS.WriteStream) => new Promise<void>((resolve) => stream.write('', () => resolve()));

if (require.main === module) {
  // Node 20 is supported here, and what the SDK will do in 2027 is not the reader's concern.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  widenThreadPool(process.env);
  // A reader that has seen enough (`byol list | head -1`) closes the pipe.
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(0);
      // Where stderr cannot be written either, the exit code alone is left.
      if (stream === process.stdout) process.stderr.write(`${pc.red('Error:')} ${unwritable(error)}\n`);
      process.exit(isFull(error) ? exitCodes.unreachable : exitCodes.input);
    });
  void main(process.argv.slice(2)).then(async (code) => {
    // What a slow reader of a pipe has not taken yet would be lost.
    for (const stream of [process.stdout, process.stderr]) await written(stream);
    process.exit(code);
  });
}
