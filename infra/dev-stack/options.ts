import { existsSync } from 'node:fs';
import path from 'node:path';
import { dataFolder, type Environment } from '../../settings/folders';
import { userPorts, type UserPort } from './ports';
import { DevStackError } from './stack-error';

/** A port, and whether the user named it: one that was named is never replaced by another. */
export interface PortChoice {
  port: number;
  named: boolean;
}

export interface WorkerProgram {
  name: string;
  /** A node program that says `ready` over its IPC channel when it takes work. */
  script: string;
}

export interface DevStackOptions {
  dataDir: string;
  ports: { temporal: PortChoice; ui: PortChoice; s3: PortChoice };
  /** What happens when a port that the user did not name is taken: fail, or take a free one and say so. */
  busyDefault: 'fail' | 'move';
  workers: readonly WorkerProgram[];
  /** Where the readable log goes, a line at a time. */
  print: (line: string) => void;
  /** See StackInfo; default false. */
  lasting?: boolean;
  /** What the workers inherit. */
  environment: Environment;
  /** Stops a start that is underway. */
  signal?: AbortSignal;
}

export interface DevStackFlags {
  dataDir?: string | undefined;
  temporalPort?: string | undefined;
  uiPort?: string | undefined;
  s3Port?: string | undefined;
}

/** The workers of this build. */
export function ownWorkers(): WorkerProgram[] {
  const folder = path.join(__dirname, '..', '..', 'workers');
  return [
    { name: 'worker-cpu', script: path.join(folder, 'cpu.js') },
    { name: 'worker-gpu', script: path.join(folder, 'gpu.js') },
  ];
}

/**
 * A flag wins over the environment (the variables of {@link userPorts}, BYOL_DATA_DIR), and that over what is usual.
 * @throws DevStackError for a port that is none
 */
export function devStackOptions(
  flags: DevStackFlags,
  environment: Environment,
  rest: Pick<DevStackOptions, 'busyDefault' | 'print'>,
): DevStackOptions {
  const choose = ({ port, flag, variable }: UserPort): PortChoice => {
    const key = flag.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase()) as keyof DevStackFlags;
    if (flags[key] !== undefined) return { port: parsePort(flags[key], `--${flag}`), named: true };
    const value = environment[variable];
    return value ? { port: parsePort(value, variable), named: true } : { port, named: false };
  };
  return {
    ...rest,
    environment,
    dataDir: flags.dataDir === undefined ? dataFolder(environment) : path.resolve(flags.dataDir),
    ports: { temporal: choose(userPorts.temporal), ui: choose(userPorts.ui), s3: choose(userPorts.s3) },
    workers: ownWorkers(),
  };
}

function parsePort(text: string, where: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= 65535) return port;
  throw new DevStackError(`${where} is "${text}", which is not a port.`, 'Give a whole number from 1 to 65535.');
}

/** @throws DevStackError when a worker's program was not built */
export function requireWorkers(workers: readonly WorkerProgram[]): void {
  const missing = workers.find((worker) => !existsSync(worker.script));
  if (missing)
    throw new DevStackError(`The program of ${missing.name} (${missing.script}) is not there.`, 'Run "npm run setup".');
}
