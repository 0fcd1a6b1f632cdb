import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { openObjectStore, type ObjectStore } from '../../storage/object-store';
import { startObjectStore, type ObjectStoreServer } from '../servers/object-store';
import { quietRuntime, startTemporal } from '../servers/temporal';
import { emptyHome, pointingTo } from './byol';

/** What the commands of a test file talk to. */
export interface Servers {
  temporal: TestWorkflowEnvironment;
  objects: ObjectStoreServer;
  /** The bucket of `objects`. */
  store: ObjectStore & { close(): void };
  /** Of the commands: it points them to both. */
  environment: Record<string, string>;
}

/** A Temporal server and a store of their own for the tests of a file; they are there from its first test on. */
export function useServers(): Servers {
  const servers = {} as Servers;
  beforeAll(async () => {
    quietRuntime();
    const [temporal, objects] = await Promise.all([startTemporal(), startObjectStore()]);
    const environment = { ...emptyHome(), ...pointingTo({ address: temporal.address }, objects.settings) };
    Object.assign(servers, { temporal, objects, store: openObjectStore(objects.settings), environment });
  });
  afterAll(async () => {
    servers.store?.close();
    await Promise.all([servers.temporal?.teardown(), servers.objects?.stop()]);
  });
  return servers;
}
