import { rmSync } from 'node:fs';
import path from 'node:path';
import { openObjectStore } from '../../storage/object-store';
import { parseStorageSettings } from '../../storage/settings';
import type { SetupPaths } from '../setup-paths';
import type { Credentials } from './credentials';
import { innerNames, type StackPorts } from './ports';

export const bucket = 'byol';
export const region = 'us-east-1';

/**
 * SeaweedFS as the S3 server, all of its parts in one process on the loopback interface. Every port is named: those left
 * out would be its defaults, and two stacks would collide. It reports nothing home, and makes no bucket but this one.
 */
export function seaweedfsCommand(setup: Pick<SetupPaths, 'weed'>, folder: string, ports: StackPorts) {
  rmSync(path.join(folder, 'mini.options'), { force: true }); // what it remembers of its last flags, ports among them
  const inner = innerNames.map((name) => `-${name}=${ports.inner[name]}`);
  const off = ['-admin.ui=false', '-webdav=false', '-s3.port.iceberg=0', '-s3.port.lance=0', '-debug.port=0'];
  const policy = ['-master.telemetry=false', '-s3.autoCreateBucket=false', `-bucket=${bucket}`];
  const where = [`-dir=${folder}`, '-ip=127.0.0.1', '-ip.bind=127.0.0.1', `-s3.port=${ports.s3}`];
  return { command: setup.weed, args: ['-logtostderr=true', 'mini', ...where, ...inner, ...off, ...policy] };
}

/** Of the server's log: fatal errors alone; it warns of much that is none of a user's business. */
export const seaweedfsLine = (line: string): string | undefined =>
  /^F\d{4} /.test(line) ? line.slice(0, 400) : undefined;

/** Whether the bucket answers to these credentials. */
export async function bucketAnswers(endpoint: string, credentials: Credentials): Promise<boolean> {
  const settings = parseStorageSettings({ endpoint, bucket, region, ...credentials });
  const store = openObjectStore(settings);
  try {
    for await (const _ of store.list('ready/')) break;
    return true;
  } catch {
    return false;
  } finally {
    store.close();
  }
}

/** The sockets that SeaweedFS leaves behind in the folder for temporary files, one for each of its ports. */
export function removeSockets(ports: StackPorts): void {
  const names = ['s3', 's3-grpc', 'master-grpc', 'volume-grpc', 'filer', 'filer-grpc', 'admin-grpc'];
  for (const port of [ports.s3, ...Object.values(ports.inner)])
    for (const name of names) rmSync(`/tmp/seaweedfs-${name}-${port}.sock`, { force: true });
}
