import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AccessDeniedError,
  BucketMissingError,
  DiskFullError,
  StorageUnreachableError,
  translateDiskError,
  translateStorageError,
} from '../../storage/errors';
import { openObjectStore, type ObjectStore } from '../../storage/object-store';
import { probeStore } from '../../storage/probe';
import type { StorageSettings } from '../../storage/settings';
import { freePorts, startObjectStore, type ObjectStoreServer } from '../servers/object-store';

jest.setTimeout(120_000);

let server: ObjectStoreServer;
beforeAll(async () => {
  server = await startObjectStore();
});
afterAll(() => server.stop());

/** What each operation throws with these settings. */
async function failures(settings: StorageSettings): Promise<{ name: string; error: Error }[]> {
  const store = openObjectStore(settings);
  const file = join(tmpdir(), 'byol-errors-test');
  await writeFile(file, 'bytes');
  const operations: Record<string, (store: ObjectStore) => Promise<unknown>> = {
    put: (of) => of.put('key', Buffer.from('x')),
    putIfAbsent: (of) => of.putIfAbsent('key', Buffer.from('x')),
    replace: (of) => of.replace('key', Buffer.from('x'), null),
    get: (of) => of.get('key'),
    getIfPresent: (of) => of.getIfPresent('key'),
    download: (of) => of.download('key', `${file}-back`),
    upload: (of) => of.upload(file, 'key'),
    list: async (of) => {
      for await (const found of of.list('')) return found;
      return null;
    },
    probe: probeStore,
  };
  const found: { name: string; error: Error }[] = [];
  for (const [name, operation] of Object.entries(operations)) {
    await operation(store).then(
      () => found.push({ name, error: new Error('succeeded') }),
      (error: Error) => found.push({ name, error }),
    );
  }
  store.close();
  return found;
}

test('an answer without words is told by its number, and a server that fails may be full', () => {
  const answer = (httpStatusCode: number, name: string, message: string) =>
    translateStorageError(Object.assign(new Error(message), { name, $metadata: { httpStatusCode } }), {
      ...{ action: 'write', key: 'k', location: 's3://b', bucket: 'b' },
    }) as Error;
  expect(answer(403, 'Unknown', 'UnknownError').message).toContain('(HTTP 403)');
  expect(answer(403, 'InvalidAccessKeyId', 'no such key').message).toContain('(InvalidAccessKeyId: no such key)');
  expect(answer(500, 'InternalError', 'try again').message).toContain(
    'try again; a server whose disk is full may say so',
  );
  expect(answer(429, 'SlowDown', 'try again').message).not.toContain('disk');
});

test('a missing bucket is named, with what to do, and is not made on the way', async () => {
  const found = await failures(server.with({ bucket: 'no-such-bucket' }));
  for (const { name, error } of found) {
    expect([name, error]).toEqual([name, expect.any(BucketMissingError)]);
    expect(error.message).toMatch(/bucket "no-such-bucket" does not exist.*Make it, or name another.*BYOL_BUCKET/s);
    expect((error as BucketMissingError).retryable).toBe(false);
  }
});

test.each([
  ['a wrong secret', { secretAccessKey: 'wrong' }],
  ['an unknown key', { accessKeyId: 'nobody' }],
])('%s is refused with a sentence about credentials that does not repeat the secret', async (_name, changes) => {
  for (const { name, error } of await failures(server.with(changes))) {
    expect([name, error]).toEqual([name, expect.any(AccessDeniedError)]);
    expect(error.message).toMatch(/refused to .*AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY/s);
    expect(error.message).not.toContain('test-secret-key');
    expect((error as AccessDeniedError).retryable).toBe(false);
  }
});

test('a server that is down is named by its address, and worth another try', async () => {
  const [port] = await freePorts(1);
  for (const { name, error } of await failures(server.with({ endpoint: `http://127.0.0.1:${port}` }))) {
    expect([name, error]).toEqual([name, expect.any(StorageUnreachableError)]);
    expect(error.message).toContain(`at http://127.0.0.1:${port} (ECONNREFUSED)`);
    expect((error as StorageUnreachableError).retryable).toBe(true);
  }
});

test('a server killed in the middle is up again with every object whole', async () => {
  const store = openObjectStore(server.with({ prefix: 'killed' }));
  const bodies = Array.from({ length: 8 }, (_, index) => Buffer.alloc(2_000_000, index));
  for (const [index, body] of bodies.entries()) await store.put(`object-${index}`, body);
  const running = store.put('in-the-middle', Buffer.alloc(50_000_000, 9)).catch((error: unknown) => error);
  await server.kill();
  expect(await running).toBeInstanceOf(StorageUnreachableError);
  await server.start();
  for (const [index, body] of bodies.entries()) {
    expect((await store.get(`object-${index}`)).equals(body)).toBe(true);
  }
  const half = await store.getIfPresent('in-the-middle');
  expect(half === null || half.body.length === 50_000_000).toBe(true);
  store.close();
});

test('"no space left" from the system becomes a sentence', async () => {
  const full = await writeFile('/dev/full', 'x').catch((error: unknown) => error);
  expect(translateDiskError(full, '/some/cache/file')).toBeInstanceOf(DiskFullError);
  expect(String(translateDiskError(full, '/some/cache/file'))).toMatch(
    /disk is full: "\/some\/cache\/file".*Free some/,
  );
  const other = await writeFile('/no/such/folder/x', 'x').catch((error: unknown) => error);
  expect(translateDiskError(other, 'x')).toBe(other);
});

const disk = smallDisk();
(disk === null ? test.skip : test)('a download onto a full disk says so and leaves nothing behind', async () => {
  const store = openObjectStore(server.with({ prefix: 'disk' }));
  await store.put('large', Buffer.alloc(3_000_000, 1));
  const failure = await store.download('large', join(disk as string, 'large')).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(DiskFullError);
  expect(await readdir(disk as string)).toEqual([]);
  store.close();
});
afterAll(() => {
  if (disk === null) return;
  execFileSync('umount', [disk]);
  rmSync(disk, { recursive: true });
});

/** A file system of one megabyte, where this user may mount one. */
function smallDisk(): string | null {
  const folder = mkdtempSync(join(tmpdir(), 'byol-small-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'ignore' });
    return folder;
  } catch {
    rmSync(folder, { recursive: true });
    return null;
  }
}
