import { setTimeout as sleep } from 'node:timers/promises';
import { NativeConnection } from '@temporalio/worker';
import type { Logger } from 'pino';
import { messageOf } from '../settings/settings-error';
import { probeStore } from '../storage/probe';
import type { ObjectStore } from '../storage/object-store';
import type { WorkerSettings } from './settings';
import { WorkerError } from './worker-error';

/** Of gRPC's codes, those of a server that is starting, restarting or out of reach. */
const passing = new Set([1, 4, 8, 14]);
const NOT_FOUND = 5;
/** A server makes its first namespace a moment after it answers. */
const ATTEMPTS_FOR_NAMESPACE = 10;

/**
 * Connects to Temporal and waits for a server that is not there yet.
 *
 * @throws WorkerError when waiting will not help: wrong credentials, no such namespace
 */
export async function connectTemporal(
  { temporal, namespace }: WorkerSettings,
  log: Logger,
  signal?: AbortSignal,
): Promise<NativeConnection> {
  const connection = await patiently(`Temporal at ${temporal.address}`, log, signal, isAbsence, () =>
    NativeConnection.connect(temporal),
  );
  let missed = 0;
  const startsUp = (error: unknown) =>
    isAbsence(error) || (codeOf(error) === NOT_FOUND && ++missed < ATTEMPTS_FOR_NAMESPACE);
  try {
    await patiently(`namespace ${namespace} at ${temporal.address}`, log, signal, startsUp, () =>
      connection.workflowService.describeNamespace({ namespace }),
    );
  } catch (cause) {
    await connection.close();
    throw refused(temporal.address, namespace, cause);
  }
  return connection;
}

/**
 * Makes sure that the bucket is there, may be written, and honours conditional writes.
 *
 * @throws StorageError with the remedy when waiting will not help
 */
export async function awaitStore(store: ObjectStore, log: Logger, signal?: AbortSignal): Promise<void> {
  const mayCome = (error: unknown) => (error as { retryable?: boolean }).retryable === true;
  await patiently(store.location, log, signal, mayCome, () => probeStore(store));
}

async function patiently<T>(
  what: string,
  log: Logger,
  signal: AbortSignal | undefined,
  mayPass: (error: unknown) => boolean,
  attempt: () => Promise<T>,
): Promise<T> {
  for (let seconds = 0.5; ; seconds = Math.min(2 * seconds, 15)) {
    signal?.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      if (!mayPass(error)) throw error;
      log.warn({ seconds }, `Waiting for ${what}: ${messageOf(error).split('\n')[0]}`);
      await sleep(1000 * seconds, undefined, signal && { signal });
    }
  }
}

const codeOf = (error: unknown): number | undefined => (error as { code?: number }).code;

/** A connection that cannot be made has no code; a call that fails has gRPC's. */
function isAbsence(error: unknown): boolean {
  const code = codeOf(error);
  return code === undefined ? (error as Error).name === 'TransportError' : passing.has(code);
}

function refused(address: string, namespace: string, cause: unknown): unknown {
  if ((cause as Error).name === 'AbortError') return cause;
  const remedy =
    codeOf(cause) === NOT_FOUND
      ? `It has no namespace "${namespace}": name one that it has with TEMPORAL_NAMESPACE, or have it made.`
      : `Look at TEMPORAL_API_KEY, or at the certificate in TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH.`;
  return new WorkerError(`The Temporal server at ${address} refuses this worker: ${messageOf(cause)}. ${remedy}`, {
    cause,
  });
}
