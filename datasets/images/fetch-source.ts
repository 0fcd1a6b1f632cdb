import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { DatasetOf } from '../../experiment/datasets';
import { BucketMissingError, translateDiskError } from '../../storage/errors';
import type { ObjectStore } from '../../storage/object-store';
import { DatasetError } from '../errors';
import type { Importing } from '../importing';
import { explainBreak, openUrl, shownSource } from '../remote';
import { filesAtOnce, inParallel } from './in-parallel';
import { Unpacking } from './unpacking';

type Fetching = Pick<Importing, 'scratch' | 'signal' | 'onProgress'>;

/**
 * Brings an archive from a URL to the scratch folder.
 * @returns its path
 * @throws DatasetError where it is not what `expected` says, DownloadError, DiskFullError
 */
export async function downloadArchive(
  url: string,
  expected: DatasetOf<'images'>['archive'],
  { scratch, signal, onProgress }: Fetching,
): Promise<string> {
  const path = join(scratch, 'archive');
  const remote = await openUrl(url, signal);
  if (remote === null)
    throw new DatasetError(
      `There is nothing at ${shownSource(url)} (404). Look whether the address in dataset.source is right.`,
    );
  const digests = { md5: createHash('md5'), sha256: createHash('sha256') };
  let bytes = 0;
  try {
    await pipeline(
      remote.stream,
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          bytes += chunk.length;
          digests.md5.update(chunk);
          digests.sha256.update(chunk);
          onProgress({
            file: shownSource(url),
            bytes,
            ...(remote.bytes === undefined ? {} : { totalBytes: remote.bytes }),
          });
          yield chunk;
        }
      },
      createWriteStream(path),
    );
  } catch (error) {
    throw translateDiskError(explainBreak(error, url, signal), path);
  }
  const found = { bytes, md5: digests.md5.digest('hex'), sha256: digests.sha256.digest('hex') };
  for (const what of ['bytes', 'md5', 'sha256'] as const) {
    const wanted = expected?.[what];
    if (wanted === undefined || wanted === found[what]) continue;
    throw new DatasetError(
      `${shownSource(url)} is not the archive that dataset.archive describes: its ${what} should be ${wanted} and is ${found[what]}. ` +
        `Fetch it by hand and look at it, or correct dataset.archive.`,
    );
  }
  return path;
}

/** The same S3 server and credentials, another bucket and prefix. */
export type OpenBucket = (bucket: string, prefix: string) => ObjectStore;

export const isBucket = (source: string): boolean => /^s3:\/\//i.test(source);

/**
 * Copies the objects below `s3://bucket/prefix` into a folder; the prefix may also name one object, an archive.
 * @returns the folder, or the path of the one object
 * @throws DatasetError where there is nothing, or a key would leave the folder; StorageError
 */
export async function fetchBucket(source: string, open: OpenBucket, fetching: Fetching): Promise<string> {
  const [, bucket, path] = /^s3:\/\/([^/]+)\/?(.*?)\/*$/i.exec(source) ?? [];
  if (bucket === undefined || path === undefined)
    throw new DatasetError(`"${source}" names no bucket. Write s3://bucket/prefix.`);
  const at = path.lastIndexOf('/');
  const [above, name] = [open(bucket, path.slice(0, Math.max(0, at))), path.slice(at + 1)];
  try {
    if (name === '' || (await above.head(name)) === null) return await fetchPrefix(open(bucket, path), fetching);
    const file = join(fetching.scratch, 'archive');
    await above.download(name, file);
    return file;
  } catch (error) {
    if (!(error instanceof BucketMissingError)) throw error;
    throw new DatasetError(
      `There is no bucket "${bucket}", which dataset.source names (${above.location}). It is looked for with the endpoint ` +
        `and the credentials of this project's own bucket: look whether both the name and the endpoint are right.`,
      { cause: error },
    );
  }
}

async function fetchPrefix(objects: ObjectStore, { scratch, signal, onProgress }: Fetching): Promise<string> {
  const folder = join(scratch, 'bucket');
  await mkdir(folder);
  const found: { key: string; bytes: number }[] = [];
  for await (const { key, bytes } of objects.list('')) {
    signal.throwIfAborted();
    if (!key.endsWith('/')) found.push({ key, bytes });
  }
  if (found.length === 0)
    throw new DatasetError(
      `There is no object in ${objects.location}. Look at the bucket's and the prefix's name in dataset.source; it is looked ` +
        `for with the endpoint and the credentials of this project's own bucket.`,
    );
  const total = found.reduce((sum, { bytes }) => sum + bytes, 0);
  const places = new Unpacking(folder, objects.location, total, signal);
  let bytes = 0;
  await inParallel(found, filesAtOnce(), signal, async (object) => {
    const file = places.place(object.key, object.bytes);
    if (file !== null) await objects.download(object.key, file);
    bytes += object.bytes;
    onProgress({ file: objects.location, bytes, totalBytes: total });
  });
  return folder;
}
