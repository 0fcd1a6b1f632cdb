// @ts-check
import { spawn } from 'node:child_process';

/** @typedef {{ code: number, stdout: string, stderr: string }} Outcome */

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();

/**
 * Runs a program to its end and collects what it printed. It inherits the set-up lock (see lock.mjs) as descriptor 3,
 * so that a child which outlives a killed set-up still keeps the next set-up out of its folders.
 * @param {string} program
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, lock?: number }} [options]
 * @returns {Promise<Outcome>} code 127 when the program is not there
 */
export function command(program, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe', ...(options.lock === undefined ? [] : [options.lock])],
    });
    running.add(child);
    let stdout = '';
    let stderr = '';
    child.stdout?.on('data', (chunk) => (stdout += chunk));
    child.stderr?.on('data', (chunk) => (stderr += chunk));
    child.on('error', (error) => {
      running.delete(child);
      resolve({ code: 127, stdout, stderr: error.message });
    });
    child.on('close', (code, signal) => {
      running.delete(child);
      resolve({ code: code ?? 1, stdout, stderr: signal ? `${stderr}\nended by ${signal}` : stderr });
    });
  });
}

/** Ends every program that is still running: what set-up does when it is interrupted or has failed elsewhere. */
export function endCommands() {
  for (const child of running) child.kill('SIGTERM');
}

/**
 * The last lines of a program's complaint, on one line.
 * @param {Outcome} outcome
 */
export function complaint(outcome) {
  const lines = `${outcome.stderr}\n${outcome.stdout}`.split('\n').map((line) => line.trim());
  return (
    lines
      .filter((line) => line && !/notice|^\s*\^/.test(line))
      .slice(-3)
      .join(' / ') || `exit code ${outcome.code}`
  );
}
