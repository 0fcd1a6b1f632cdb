import type { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type GetObjectCommandOutput,
  type PutObjectCommandInput,
  type S3Client,
} from '@aws-sdk/client-s3';
import {
  ObjectDamagedError,
  ObjectMissingError,
  StorageUnreachableError,
  statusOf,
  wasSent,
  translateStorageError,
} from './errors';
import { openS3Client } from './s3-client';
import type { StorageSettings } from './settings';
import { downloadToFile, uploadFromFile } from './transfer';

export interface PutOptions {
  contentType?: string;
}

/** Objects in one bucket under one prefix; keys are relative to the prefix. Every method throws a StorageError. */
export interface ObjectStore {
  /** Writes, whatever was there. */
  put(key: string, body: Buffer, options?: PutOptions): Promise<void>;
  /** 'created': the object now holds exactly these bytes (it may have held them before); 'exists': it holds others. */
  putIfAbsent(key: string, body: Buffer, options?: PutOptions): Promise<'created' | 'exists'>;
  /** Compare-and-swap: writes if the object still has this ETag, or with null if it does not exist. */
  replace(key: string, body: Buffer, expectedETag: string | null): Promise<'replaced' | 'conflict'>;
  /** The whole object, at most 256 MiB. @throws ObjectMissingError */
  get(key: string): Promise<Buffer>;
  getIfPresent(key: string): Promise<{ body: Buffer; etag: string } | null>;
  /** Streams to a file that appears only when it is whole, and verified where a digest is given. */
  download(key: string, path: string, sha256?: string): Promise<void>;
  /** Streams from a file, in parts where it is large; with a digest it fails where the file's bytes are not those. */
  upload(path: string, key: string, sha256?: string): Promise<void>;
  head(key: string): Promise<{ bytes: number } | null>;
  /** In the order of the keys. */
  list(prefix: string): AsyncIterable<{ key: string; bytes: number; modified: Date }>;
  /** Removes the object; one that is not there is no error. */
  delete(key: string): Promise<void>;
  /** Objects elsewhere on the same server, with the same credentials. */
  elsewhere(bucket: string, prefix: string): ObjectStore;
  /** "s3://bucket/prefix at endpoint", for messages */
  readonly location: string;
}

const largestGet = 256 * 1024 * 1024;
/** Attempts at a whole read or write: the SDK repeats requests, but not an answer that breaks off or a 409. */
const attempts = 4;

/** Opens nothing yet: the first request connects. `close` frees the sockets. */
export function openObjectStore(settings: StorageSettings): ObjectStore & { close(): void } {
  return new S3ObjectStore(openS3Client(settings), settings);
}

class S3ObjectStore implements ObjectStore {
  readonly location: string;
  constructor(
    private readonly client: S3Client,
    private readonly settings: StorageSettings,
  ) {
    const { bucket, prefix, endpoint, region } = settings;
    this.location = `s3://${bucket}${prefix ? `/${prefix}` : ''} at ${endpoint ?? `Amazon S3 in ${region}`}`;
  }

  close(): void {
    this.client.destroy();
  }

  elsewhere(bucket: string, prefix: string): ObjectStore {
    return new S3ObjectStore(this.client, { ...this.settings, bucket, prefix });
  }

  async put(key: string, body: Buffer, options: PutOptions = {}): Promise<void> {
    await this.attempt('write', key, () => this.write(key, body, contentType(options)));
  }

  async putIfAbsent(key: string, body: Buffer, options: PutOptions = {}): Promise<'created' | 'exists'> {
    const won = await this.conditionalWrite(key, body, { ...contentType(options), IfNoneMatch: '*' });
    return won ? 'created' : 'exists';
  }

  async replace(key: string, body: Buffer, expectedETag: string | null): Promise<'replaced' | 'conflict'> {
    const condition = expectedETag === null ? { IfNoneMatch: '*' } : { IfMatch: expectedETag };
    const won = await this.conditionalWrite(key, body, { ...contentType({}), ...condition });
    return won ? 'replaced' : 'conflict';
  }

  async get(key: string): Promise<Buffer> {
    const found = await this.getIfPresent(key);
    if (found === null) throw new ObjectMissingError(`There is no object "${key}" in ${this.location}.`);
    return found.body;
  }

  async getIfPresent(key: string): Promise<{ body: Buffer; etag: string } | null> {
    try {
      return await this.attempt('read', key, async () => {
        const answer = await this.fetch(key);
        if ((answer.ContentLength ?? 0) > largestGet) {
          (answer.Body as Readable).destroy();
          throw new ObjectDamagedError(
            `"${key}" in ${this.location} has ${answer.ContentLength} bytes, and at most ${largestGet} were expected.`,
          );
        }
        return { body: Buffer.from(await bodyOf(answer).transformToByteArray()), etag: answer.ETag ?? '' };
      });
    } catch (error) {
      if (error instanceof ObjectMissingError) return null;
      throw error;
    }
  }

  async download(key: string, path: string, sha256?: string): Promise<void> {
    await this.attempt('read', key, async () => {
      await downloadToFile(bodyOf(await this.fetch(key)) as unknown as Readable, path, {
        name: `"${key}" in ${this.location}`,
        sha256,
      });
    });
  }

  async upload(path: string, key: string, sha256?: string): Promise<void> {
    const target = { Bucket: this.settings.bucket, Key: this.full(key) };
    await this.attempt('write', key, () => uploadFromFile(this.client, path, target, sha256));
  }

  async head(key: string): Promise<{ bytes: number } | null> {
    try {
      const answer = await this.attempt('look up', key, () =>
        this.client.send(new HeadObjectCommand({ Bucket: this.settings.bucket, Key: this.full(key) })),
      );
      return { bytes: answer.ContentLength ?? 0 };
    } catch (error) {
      if (error instanceof ObjectMissingError) return null;
      throw error;
    }
  }

  async *list(prefix: string): AsyncIterable<{ key: string; bytes: number; modified: Date }> {
    const skip = this.full('').length;
    let token: string | undefined;
    do {
      const page = await this.attempt('list', prefix, () =>
        this.client.send(
          new ListObjectsV2Command({
            Bucket: this.settings.bucket,
            Prefix: this.full(prefix),
            ...(token === undefined ? {} : { ContinuationToken: token }),
          }),
        ),
      );
      for (const { Key, Size, LastModified } of page.Contents ?? []) {
        if (Key !== undefined) yield { key: Key.slice(skip), bytes: Size ?? 0, modified: LastModified ?? new Date(0) };
      }
      token = page.IsTruncated ? page.NextContinuationToken : undefined;
    } while (token !== undefined);
  }

  async delete(key: string): Promise<void> {
    await this.attempt('delete', key, () =>
      this.client.send(new DeleteObjectCommand({ Bucket: this.settings.bucket, Key: this.full(key) })),
    );
  }

  private full(key: string): string {
    return this.settings.prefix ? `${this.settings.prefix}/${key}` : key;
  }

  private fetch(key: string): Promise<GetObjectCommandOutput> {
    return this.client.send(new GetObjectCommand({ Bucket: this.settings.bucket, Key: this.full(key) }));
  }

  private async write(key: string, body: Buffer, extra: Partial<PutObjectCommandInput>): Promise<void> {
    await this.client.send(
      new PutObjectCommand({ Bucket: this.settings.bucket, Key: this.full(key), Body: body, ...extra }),
    );
  }

  /** Whether the object holds these bytes afterwards. A retried PUT gets 412 for its own success: so read back. */
  private async conditionalWrite(key: string, body: Buffer, extra: Partial<PutObjectCommandInput>): Promise<boolean> {
    try {
      await this.attempt('write', key, () => this.write(key, body, extra));
      return true;
    } catch (error) {
      const refused = error instanceof ObjectMissingError || statusOf(error) === 412;
      if (!refused) throw error;
      return (await this.getIfPresent(key))?.body.equals(body) ?? false;
    }
  }

  /** Runs one operation, again where the answer broke off or the server said 409, and translates what it throws. */
  private async attempt<T>(action: string, key: string, operation: () => Promise<T>): Promise<T> {
    const context = { action, key, location: this.location, bucket: this.settings.bucket };
    for (let tried = 1; ; tried++) {
      try {
        return await operation();
      } catch (error) {
        if (statusOf(error) === 412) throw error;
        const translated = translateStorageError(error, context);
        if (!deservesAnotherTry(error, translated, tried)) throw translated;
        await new Promise((resolve) => setTimeout(resolve, 100 * 2 ** tried));
      }
    }
  }
}

/** Requests that failed were repeated by the SDK (its errors carry metadata); what breaks while a body is read was not. */
function deservesAnotherTry(error: unknown, translated: unknown, tried: number): boolean {
  if (translated instanceof ObjectDamagedError) return tried < 2;
  const brokeOff = translated instanceof StorageUnreachableError && !wasSent(error);
  return tried < attempts && (brokeOff || statusOf(error) === 409);
}

function contentType(options: PutOptions): { ContentType: string } {
  return { ContentType: options.contentType ?? 'application/octet-stream' };
}

function bodyOf(answer: GetObjectCommandOutput): NonNullable<GetObjectCommandOutput['Body']> {
  if (answer.Body === undefined) throw new StorageUnreachableError('Object storage answered without a body.');
  return answer.Body;
}
