import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { ObjectDamagedError, translateDiskError } from './errors';

/** Size of a part: smaller objects go up in one request, larger ones in parts of this size, two at a time. */
const partBytes = 16 * 1024 * 1024;

/** SHA-256 of a file, read as a stream. */
export async function hashFile(path: string): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    hash.update(chunk as Buffer);
    bytes += (chunk as Buffer).length;
  }
  return { sha256: hash.digest('hex'), bytes };
}

/** SHA-256 of what a stream carries. */
export async function* hashing(source: AsyncIterable<Buffer>, done: (sha256: string) => void): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  for await (const chunk of source) {
    hash.update(chunk);
    yield chunk;
  }
  done(hash.digest('hex'));
}

/**
 * Writes an answer's body to `path` by way of a file beside it, so that `path` is either whole or as it was.
 * @throws ObjectDamagedError where the digest differs, DiskFullError
 */
export async function downloadToFile(
  body: Readable,
  path: string,
  expected: { name: string; sha256?: string | undefined },
): Promise<void> {
  const partial = `${path}.${randomBytes(6).toString('hex')}.part`;
  let found = '';
  try {
    await mkdir(dirname(path), { recursive: true });
    await pipeline(
      hashing(body, (sha256) => (found = sha256)),
      createWriteStream(partial),
    );
    if (expected.sha256 !== undefined && found !== expected.sha256) {
      throw new ObjectDamagedError(
        `${expected.name} is damaged: its SHA-256 should be ${expected.sha256} and is ${found}. Nothing was written to ` +
          `"${path}".`,
      );
    }
    await rename(partial, path);
  } catch (error) {
    body.destroy();
    await rm(partial, { force: true });
    throw translateDiskError(error, path);
  }
}

/**
 * Uploads a file part by part, each from a Buffer so that it can be repeated; at most 48 MiB are in memory. With a
 * digest the upload is completed only if the bytes that were sent have it.
 */
export async function uploadFromFile(
  client: S3Client,
  path: string,
  target: { Bucket: string; Key: string },
  sha256?: string,
): Promise<void> {
  const source = createReadStream(path, { highWaterMark: 1 << 20 });
  const checked = hashing(source, (found) => {
    if (sha256 === undefined || found === sha256) return;
    throw new ObjectDamagedError(
      `"${path}" changed while it was being stored: its SHA-256 should be ${sha256} and is ${found}. It was not stored.`,
    );
  });
  const upload = new Upload({
    client,
    params: { ...target, Body: Readable.from(checked), ContentType: 'application/octet-stream' },
    partSize: partBytes,
    queueSize: 2,
  });
  try {
    await upload.done();
  } finally {
    source.destroy();
  }
}
