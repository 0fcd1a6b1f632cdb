import { readFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { writePrivate } from './private-file';
import type { DevStackOptions, PortChoice } from './options';
import { DevStackError } from './stack-error';

/** The ports that a user may choose: where a stack listens that was told nothing, and how it is told. */
export const userPorts = {
  temporal: { port: 7233, flag: 'temporal-port', variable: 'BYOL_TEMPORAL_PORT', what: 'Temporal' },
  ui: { port: 8233, flag: 'ui-port', variable: 'BYOL_UI_PORT', what: "Temporal's UI" },
  s3: { port: 8333, flag: 's3-port', variable: 'BYOL_S3_PORT', what: 'object storage' },
} as const;
export type UserPort = (typeof userPorts)[keyof typeof userPorts];

/** The ports of SeaweedFS's parts, none of which a user needs to know. */
export const innerNames = [
  's3.port.grpc',
  'master.port',
  'master.port.grpc',
  'volume.port',
  'volume.port.grpc',
  'filer.port',
  'filer.port.grpc',
  'admin.port',
  'admin.port.grpc',
] as const;

export interface StackPorts {
  temporal: number;
  ui: number;
  s3: number;
  inner: Record<(typeof innerNames)[number], number>;
}

/**
 * Decides every port of the stack. The inner ones are kept in the data folder and used again while they are free.
 * @throws DevStackError that names a port which is taken, and the flag for another
 */
export async function choosePorts(options: Pick<DevStackOptions, 'ports' | 'busyDefault' | 'print' | 'dataDir'>) {
  const taken = new Set<number>();
  const chosen = { temporal: 0, ui: 0, s3: 0 };
  for (const key of ['temporal', 'ui', 's3'] as const) {
    const choice = options.ports[key];
    const { flag, what } = userPorts[key];
    if (taken.has(choice.port))
      throw new DevStackError(`Port ${choice.port} is named twice: also for ${what}.`, `Give another with --${flag}.`);
    chosen[key] = await chooseOne(choice, options, userPorts[key], taken);
    taken.add(chosen[key]);
  }
  return { ...chosen, inner: await chooseInner(path.join(options.dataDir, 'ports.json'), taken) } satisfies StackPorts;
}

async function chooseOne(
  choice: PortChoice,
  options: Pick<DevStackOptions, 'busyDefault' | 'print'>,
  { flag, variable, what }: UserPort,
  taken: Set<number>,
): Promise<number> {
  if (await isFree(choice.port)) return choice.port;
  const other = await freePort(taken);
  if (!choice.named && options.busyDefault === 'move') {
    options.print(`Port ${choice.port} is in use by another program: ${what} listens on ${other} instead.`);
    return other;
  }
  throw new DevStackError(
    `Port ${choice.port}, where ${what} should listen, is in use by another program.`,
    `Stop that program, or choose another port, for example --${flag} ${other} (or ${variable}=${other}).`,
  );
}

async function chooseInner(file: string, taken: Set<number>): Promise<StackPorts['inner']> {
  const before = readPorts(file);
  const inner = {} as StackPorts['inner'];
  for (const name of innerNames) {
    const known = before[name];
    const usable = known !== undefined && !taken.has(known) && (await isFree(known));
    inner[name] = usable ? known : await freePort(taken);
    taken.add(inner[name]);
  }
  writePrivate(file, JSON.stringify(inner));
  return inner;
}

function readPorts(file: string): Partial<Record<string, number>> {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

/** Whether a program could listen on this port of the loopback interface now. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** A free port below those that the kernel gives to outgoing connections, which could take it before the server does. */
export async function freePort(taken: ReadonlySet<number> = new Set()): Promise<number> {
  for (let attempt = 0; attempt < 500; attempt++) {
    const port = 12_000 + Math.floor(Math.random() * 18_000);
    if (!taken.has(port) && (await isFree(port))) return port;
  }
  throw new DevStackError(
    'No free port was found between 12000 and 30000.',
    'Stop some of the programs that listen there.',
  );
}
