#!/usr/bin/env node
// @ts-check
/**
 * The one set-up of a fresh clone, with node's built-ins alone. It may be run at any time, killed at any moment and run
 * twice at once; when there is nothing to do it does nothing.
 *
 *   node infra/bootstrap.mjs                 set up
 *   node infra/bootstrap.mjs --gpu           with TensorFlow for CUDA (remembered; --cpu goes back)
 *   node infra/bootstrap.mjs --test ARGS     set up, then the tests (ARGS go to jest)
 *   node infra/bootstrap.mjs --run ARGS      set up, then `byol ARGS`
 */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { endCommands } from './bootstrap/command.mjs';
import { runOnTerminal } from './bootstrap/child.mjs';
import { setUp } from './bootstrap/set-up.mjs';
import { SetupError } from './bootstrap/setup-error.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/**
 * @param {string[]} args
 * @returns {{ gpu: boolean | undefined, test: boolean, run: boolean, rest: string[] }}
 */
function parseArguments(args) {
  const at = args.findIndex((arg) => arg === '--run' || arg === '--test');
  const own = at < 0 ? args : args.slice(0, at);
  const unknown = own.find((arg) => arg !== '--gpu' && arg !== '--cpu');
  if (unknown) {
    throw new SetupError(
      `Set-up has no option "${unknown}". It knows --gpu, --cpu, --test [jest's arguments] and --run [byol's arguments].`,
    );
  }
  const gpu =
    own.includes('--gpu') || process.env['BYOL_GPU'] === '1' ? true : own.includes('--cpu') ? false : undefined;
  return { gpu, test: args[at] === '--test', run: args[at] === '--run', rest: at < 0 ? [] : args.slice(at + 1) };
}

async function main() {
  const { gpu, test, run, rest } = parseArguments(process.argv.slice(2));
  const interrupted = (/** @type {NodeJS.Signals} */ signal) => {
    endCommands();
    process.stderr.write('Set-up was interrupted; run it again to go on from here.\n');
    process.exit(signal === 'SIGINT' ? 130 : 143);
  };
  process.on('SIGINT', interrupted).on('SIGTERM', interrupted);
  await setUp({ root, gpu, test, env: process.env });
  process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
  if (run) return runOnTerminal([path.join(root, 'dist', 'cli', 'main.js'), ...rest]);
  if (test) return runOnTerminal([path.join(root, 'node_modules', 'jest', 'bin', 'jest.js'), ...rest], { cwd: root });
  return 0;
}

main().then(
  (code) => (process.exitCode = code),
  (error) => {
    endCommands();
    process.stderr.write(error instanceof SetupError ? `\nSet-up stopped. ${error.message}\n` : `${error.stack}\n`);
    process.exitCode = 1;
  },
);
