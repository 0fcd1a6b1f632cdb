import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openObjectStore } from '../../storage/object-store';
import { parseStorageSettings, type StorageSettings } from '../../storage/settings';

/** A real SeaweedFS on free loopback ports with its data in a temporary folder. */
export interface ObjectStoreServer {
  settings: StorageSettings;
  /** The same server with other settings, such as a prefix of the test's own. */
  with(changes: Partial<StorageSettings>): StorageSettings;
  /** kill -9; the data stay. */
  kill(): Promise<void>;
  /** Starts it again on the same ports and data. */
  start(): Promise<void>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

const credentials = { accessKeyId: 'test-access-key', secretAccessKey: 'test-secret-key' };

export async function startObjectStore(): Promise<ObjectStoreServer> {
  const folder = await mkdtemp(join(tmpdir(), 'byol-object-store-'));
  const ports = await freePorts(portFlags.length);
  const settings = parseStorageSettings({
    bucket: 'byol',
    endpoint: `http://127.0.0.1:${ports[0]}`,
    ...credentials,
  });
  let child: ChildProcess | undefined;
  const end = async (signal: NodeJS.Signals) => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  };
  const start = async () => {
    child = spawnServer(folder, ports);
    await untilReady(child, settings);
  };
  await start();
  return {
    settings,
    with: (changes) => ({ ...settings, ...changes }),
    kill: () => end('SIGKILL'),
    start,
    stop: async () => {
      await end('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const portFlags = [
  's3.port',
  's3.port.grpc',
  's3.port.iceberg',
  's3.port.lance',
  'master.port',
  'master.port.grpc',
  'volume.port',
  'volume.port.grpc',
  'filer.port',
  'filer.port.grpc',
  'admin.port',
  'admin.port.grpc',
] as const;

function spawnServer(folder: string, ports: number[]): ChildProcess {
  const fixed = ['-ip=127.0.0.1', '-ip.bind=127.0.0.1', '-admin.ui=false', '-webdav=false', '-bucket=byol'];
  // A bucket that is missing must be an error, as it is everywhere else, and nothing is to be reported to anybody.
  const strict = ['-s3.autoCreateBucket=false', '-master.telemetry=false', `-filer.localSocket=${folder}/filer.sock`];
  const chosen = portFlags.map((flag, index) => `-${flag}=${ports[index]}`);
  return spawn(serverPath(), ['mini', `-dir=${folder}`, ...fixed, ...strict, ...chosen], {
    env: {
      PATH: process.env['PATH'],
      HOME: folder,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    },
    cwd: folder,
    stdio: 'ignore',
  });
}

function serverPath(): string {
  return process.env['BYOL_TEST_WEED'] ?? 'weed';
}

async function untilReady(child: ChildProcess, settings: StorageSettings): Promise<void> {
  const store = openObjectStore(settings);
  try {
    for (let tried = 0; ; tried++) {
      if (child.exitCode !== null) throw new Error(`the test's object store ended with exit code ${child.exitCode}`);
      try {
        return await store.put('ready', Buffer.from('ready'));
      } catch (error) {
        if (tried === 100) throw error;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  } finally {
    store.close();
  }
}

/** Ports that nothing listens on now, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
