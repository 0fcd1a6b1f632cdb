import { Client, Connection } from '@temporalio/client';
import { CliFailure, exitCodes } from './failure';
import type { Settings } from './settings';

const NOT_FOUND = 5;
const PERMISSION_DENIED = 7;
const UNAUTHENTICATED = 16;

/**
 * Connects to the Temporal server and makes sure that the namespace is there.
 * @throws {CliFailure} with exit code 3 and what to do
 */
export async function connectTemporal({ temporal }: Settings): Promise<Client> {
  const { address, namespace } = temporal;
  const connection = await connect(temporal).catch((error: unknown) => {
    throw new CliFailure(
      exitCodes.unreachable,
      `No Temporal server answers at ${address} (${reason(error)}). Look whether it is running and whether the address is ` +
        `right (TEMPORAL_ADDRESS); "byol up" starts a local one.`,
      { cause: error },
    );
  });
  try {
    await connection.withDeadline(Date.now() + 10_000, () =>
      connection.workflowService.describeNamespace({ namespace }),
    );
  } catch (error) {
    const { code } = error as { code?: number };
    if (code === NOT_FOUND || code === UNAUTHENTICATED || code === PERMISSION_DENIED) {
      await connection.close();
      throw namespaceFailure(address, namespace, code, error);
    }
  }
  return new Client({ connection, namespace });
}

function connect({ connectionOptions }: Settings['temporal']): Promise<Connection> {
  const { tls, apiKey, address, metadata } = connectionOptions;
  return Connection.connect({
    ...(address === undefined ? {} : { address }),
    ...(tls === undefined ? {} : { tls }),
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(metadata === undefined ? {} : { metadata: metadata }),
    connectTimeout: '5s',
  });
}

function namespaceFailure(address: string, namespace: string, code: number, cause: unknown): CliFailure {
  const message =
    code === NOT_FOUND
      ? `The Temporal server at ${address} has no namespace "${namespace}". Name one that it has with TEMPORAL_NAMESPACE.`
      : `The Temporal server at ${address} refuses these credentials for the namespace "${namespace}". Set TEMPORAL_API_KEY, ` +
        `or the TLS certificate (TEMPORAL_TLS_CLIENT_CERT_PATH, TEMPORAL_TLS_CLIENT_KEY_PATH).`;
  return new CliFailure(exitCodes.unreachable, message, { cause });
}

/** The first line of what gRPC says, without its error class and code. */
export function reason(error: unknown): string {
  const text = error instanceof Error ? ((error as { details?: string }).details ?? error.message) : String(error);
  return text.split('\n')[0]!.trim() || 'no reason given';
}
