import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StorageSettings } from '../../storage/settings';

/** What a run of the command line ended with. */
export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Running {
  child: ChildProcess;
  /** Resolves when stdout or stderr has this text. */
  says(text: string): Promise<void>;
  ended: Promise<Ended>;
}

/** An environment of its own: an empty home, so that nothing of the machine's settings or stacks gets in. */
export function emptyHome(): Record<string, string> {
  const home = mkdtempSync(join(tmpdir(), 'byol-cli-'));
  return { PATH: process.env['PATH'] ?? '', HOME: home, NO_COLOR: '1' };
}

/** The variables that point the command line to a Temporal server and a bucket. */
export function pointingTo(temporal: { address: string }, storage: StorageSettings): Record<string, string> {
  return {
    TEMPORAL_ADDRESS: temporal.address,
    BYOL_BUCKET: storage.bucket,
    BYOL_S3_ENDPOINT: storage.endpoint ?? '',
    BYOL_PREFIX: storage.prefix,
    AWS_ACCESS_KEY_ID: storage.accessKeyId ?? '',
    AWS_SECRET_ACCESS_KEY: storage.secretAccessKey ?? '',
  };
}

/** Starts `byol ARGS` as a process of its own, in its home folder. */
export function startByol(args: readonly string[], environment: Record<string, string>): Running {
  const main = join(__dirname, '..', '..', 'cli', 'main.js');
  const child = spawn(process.execPath, [main, ...args], { env: environment, cwd: environment['HOME'], stdio: 'pipe' });
  const output = { stdout: '', stderr: '' };
  const listeners = new Set<() => void>();
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      output[stream] += text;
      listeners.forEach((listener) => listener());
    });
  const ended = new Promise<Ended>((resolve) => child.once('close', (code) => resolve({ code, ...output })));
  const says = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => (output.stdout + output.stderr).includes(text) && resolve();
      listeners.add(look);
      look();
      void ended.then(() => reject(new Error(`ended without saying "${text}": ${output.stdout}${output.stderr}`)));
    });
  return { child, says, ended };
}

/** Longer than anything here takes: a command that hangs is to fail its test and not to outlive it. */
const LIMIT_MILLISECONDS = 100_000;

/** Runs `byol ARGS` to its end; one that hangs is killed and ends with the code null. */
export async function byol(args: readonly string[], environment: Record<string, string>): Promise<Ended> {
  const { child, ended } = startByol(args, environment);
  const limit = setTimeout(() => child.kill('SIGKILL'), LIMIT_MILLISECONDS);
  return ended.finally(() => clearTimeout(limit));
}
