import { Connection } from '@temporalio/client';
import { addSearchAttributes, missingSearchAttributes } from '../search-attributes';
import type { SetupPaths } from '../setup-paths';

export const namespace = 'default';
const RETENTION_SECONDS = 90 * 24 * 3600;

/**
 * New tasks of a queue go to one partition of the usual four: priorities order the tasks of a partition alone. All are read, so that what an
 * older start has put into another is done too.
 */
export const onePartition = ['--dynamic-config-value', 'matching.numTaskqueueWritePartitions=1'];

/** Temporal's server with its UI, its history in one SQLite file. */
export function temporalCommand(setup: Pick<SetupPaths, 'temporal'>, file: string, port: number, uiPort: number) {
  const where = ['--ip', '127.0.0.1', '--port', String(port), '--ui-ip', '127.0.0.1', '--ui-port', String(uiPort)];
  const args = ['server', 'start-dev', ...where, '--db-filename', file, '--log-level', 'warn', '--log-format', 'text'];
  return { command: setup.temporal, args: [...args, ...onePartition] };
}

/** Of the server's own log: warnings and errors; the banner and the passing troubles of its inner workers are not shown. */
export function temporalLine(line: string): string | undefined {
  if (!/level=(ERROR|WARN)/.test(line)) return undefined;
  return /Failed to poll for task|network dial error|service=worker/.test(line) ? undefined : line.slice(0, 400);
}

/** Whether the server answers and knows its namespace. */
export async function temporalAnswers(address: string): Promise<boolean> {
  return withConnection(address, async ({ workflowService }) => {
    await workflowService.describeNamespace({ namespace });
    return true;
  }).catch(() => false);
}

/**
 * What a new server lacks and an old file may lack too: the search attributes (flags at its start do nothing for a file
 * that exists), and a retention longer than a day.
 */
export async function prepareNamespace(address: string): Promise<void> {
  await withConnection(address, async ({ operatorService, workflowService }) => {
    const missing = await missingSearchAttributes(operatorService, namespace);
    await addSearchAttributes(operatorService, namespace, missing);
    const { config } = await workflowService.describeNamespace({ namespace });
    if (Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0) >= RETENTION_SECONDS) return;
    const retention = { seconds: RETENTION_SECONDS as unknown as Long };
    await workflowService.updateNamespace({ namespace, config: { workflowExecutionRetentionTtl: retention } });
  });
}

type Long = NonNullable<
  NonNullable<
    NonNullable<
      Awaited<ReturnType<Connection['workflowService']['describeNamespace']>>['config']
    >['workflowExecutionRetentionTtl']
  >['seconds']
>;

async function withConnection<T>(address: string, use: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address, connectTimeout: '2s' });
  try {
    return await connection.withDeadline(Date.now() + 10_000, () => use(connection));
  } finally {
    await connection.close();
  }
}
