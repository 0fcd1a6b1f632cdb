import { Connection, type ConnectionOptions } from '@temporalio/client';
import { searchAttributeNames } from '../../experiment/names';
import { openObjectStore } from '../../storage/object-store';
import { probeStore } from '../../storage/probe';
import type { StorageSettings } from '../../storage/settings';
import { settle, type Check } from './check';

export interface TemporalTarget {
  connectionOptions: ConnectionOptions;
  /** The same as in the options. */
  address: string;
  namespace: string;
}

const UP = 'Start a local one with "byol up", or name yours';

/** Whether the server answers, and whether the namespace has the search attributes. */
export async function checkTemporal(target: TemporalTarget | undefined): Promise<Check[]> {
  const remedy = `${UP}: TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE.`;
  if (!target)
    return [{ name: 'temporal', status: 'warn', detail: 'no server is named and no dev stack runs', remedy }];
  const { connectionOptions, address, namespace } = target;
  let known: string[] | undefined;
  const server = await settle('temporal', remedy, async () => {
    const connection = await Connection.connect({ ...connectionOptions, connectTimeout: '5s' });
    try {
      return await connection.withDeadline(Date.now() + 10_000, async () => {
        const { serverVersion } = await connection.workflowService.getSystemInfo({});
        await connection.workflowService.describeNamespace({ namespace });
        const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
        known = Object.keys(customAttributes ?? {});
        return { status: 'ok', detail: `${serverVersion ?? 'unknown version'} at ${address}, namespace ${namespace}` };
      });
    } finally {
      await connection.close();
    }
  });
  if (server.status === 'fail') server.detail = `no answer from ${address}: ${server.detail}`;
  return [server, ...(known ? [searchAttributes(known, namespace)] : [])];
}

function searchAttributes(known: string[], namespace: string): Check {
  const missing = searchAttributeNames.filter((name) => !known.includes(name));
  const name = 'search attributes';
  if (missing.length === 0) return { name, status: 'ok', detail: searchAttributeNames.join(', ') };
  const flags = missing.map((each) => `--name ${each} --type Keyword`).join(' ');
  const remedy = `The first "byol start" registers them, or: temporal operator search-attribute create --namespace ${namespace} ${flags}`;
  return { name, status: 'warn', detail: `${missing.join(', ')} not registered`, remedy };
}

/** Whether the bucket can be written and honours conditional writes. */
export async function checkBucket(settings: StorageSettings | undefined): Promise<Check> {
  const name = 'bucket';
  const remedy = `${UP}: BYOL_BUCKET, BYOL_S3_ENDPOINT, and AWS credentials.`;
  if (!settings) return { name, status: 'warn', detail: 'no bucket is named and no dev stack runs', remedy };
  return settle(name, remedy, async () => {
    const store = openObjectStore(settings);
    try {
      await probeStore(store);
      return { status: 'ok', detail: `${store.location}: writes, reads, honours conditional writes` };
    } finally {
      store.close();
    }
  });
}
