import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, innerNames, type StackPorts } from '../../infra/dev-stack/ports';
import { removeSockets, seaweedfsCommand } from '../../infra/dev-stack/seaweedfs';
import { setupPaths } from '../../infra/setup-paths';
import { openObjectStore, type ObjectStore } from '../../storage/object-store';
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

/** Between the choice of its twelve ports and their use another server may take one. */
const attempts = 3;

class ServerEndedError extends Error {}

export async function startObjectStore(): Promise<ObjectStoreServer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOn(await choosePorts());
    } catch (error) {
      if (!(error instanceof ServerEndedError) || attempt === attempts) throw error;
    }
  }
}

async function startOn(ports: StackPorts): Promise<ObjectStoreServer> {
  const folder = await mkdtemp(join(tmpdir(), 'byol-object-store-'));
  const settings = parseStorageSettings({
    bucket: 'byol',
    endpoint: `http://127.0.0.1:${ports.s3}`,
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
      removeSockets(ports);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A server and its bucket for the tests of a file; they are there from its first `beforeAll` on. */
export function useObjectStore(): { server: ObjectStoreServer; store: ObjectStore & { close(): void } } {
  const objects = {} as ReturnType<typeof useObjectStore>;
  beforeAll(async () => {
    objects.server = await startObjectStore();
    objects.store = openObjectStore(objects.server.settings);
  }, 60_000);
  afterAll(async () => {
    objects.store?.close();
    await objects.server?.stop();
  });
  return objects;
}

function spawnServer(folder: string, ports: StackPorts): ChildProcess {
  const { command, args } = seaweedfsCommand(setupPaths(), folder, ports);
  return spawn(command, args, {
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

async function untilReady(child: ChildProcess, settings: StorageSettings): Promise<void> {
  const store = openObjectStore(settings);
  try {
    for (let tried = 0; ; tried++) {
      if (child.exitCode !== null)
        throw new ServerEndedError(`the test's object store ended with exit code ${child.exitCode}`);
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
  const taken = new Set<number>();
  while (taken.size < count) taken.add(await freePort(taken));
  return [...taken];
}

async function choosePorts(): Promise<StackPorts> {
  const [s3, ...inner] = (await freePorts(1 + innerNames.length)) as [number, ...number[]];
  const named = Object.fromEntries(innerNames.map((name, index) => [name, inner[index]])) as StackPorts['inner'];
  return { s3, inner: named, temporal: 0, ui: 0 };
}
