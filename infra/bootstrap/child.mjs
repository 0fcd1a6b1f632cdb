// @ts-check
import { spawn } from 'node:child_process';
import os from 'node:os';

/** The AWS SDK warns on every start that its versions of 2027 will want node 22; the lockfile holds this one. */
const QUIET_AWS = { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' };

/**
 * Runs a node program on the terminal of this process and ends as it ends: with its exit code, or 128 plus the number
 * of the signal that killed it. SIGTERM and SIGHUP are passed on; so is SIGINT, unless there is a terminal, which sends
 * Ctrl-C to the child itself.
 * @param {string[]} args
 * @param {{ cwd?: string }} [options] the folder, when it is not the user's
 * @returns {Promise<number>} the exit code
 */
export function runOnTerminal(args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, {
      stdio: 'inherit',
      env: { ...process.env, ...QUIET_AWS },
      ...options,
    });
    for (const signal of /** @type {NodeJS.Signals[]} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
      process.on(signal, () => {
        if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
      });
    }
    child.on('error', (error) => {
      process.stderr.write(`${error.message}\n`);
      resolve(1);
    });
    child.on('exit', (code, signal) => resolve(code ?? 128 + (signal ? os.constants.signals[signal] : 0)));
  });
}
