import { createServer } from 'node:http';
import { once } from 'node:events';
import { StorageUnsuitableError } from '../../storage/errors';
import { openObjectStore } from '../../storage/object-store';
import { probeStore } from '../../storage/probe';
import { parseStorageSettings } from '../../storage/settings';
import { startObjectStore } from '../servers/object-store';

jest.setTimeout(60_000);

test('a good server passes and nothing is left in it', async () => {
  const server = await startObjectStore();
  const store = openObjectStore(server.with({ prefix: 'probing' }));
  await probeStore(store);
  const left: string[] = [];
  for await (const { key } of store.list('')) left.push(key);
  expect(left).toEqual([]);
  store.close();
  await server.stop();
});

/** Stores and returns objects, and honours only the conditions it is told to, as some servers do. */
async function startForgetfulServer(honours: { ifNoneMatch: boolean; ifMatch: boolean }) {
  const objects = new Map<string, Buffer>();
  const tag = (body: Buffer) => `"${body.toString('hex').slice(0, 32)}"`;
  const server = createServer((request, response) => {
    const key = (request.url ?? '').split('?')[0] as string;
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const there = objects.get(key);
      if (request.method === 'PUT') {
        const taken = honours.ifNoneMatch && request.headers['if-none-match'] === '*' && there !== undefined;
        const asked = request.headers['if-match'];
        const stale = honours.ifMatch && asked !== undefined && (there === undefined || tag(there) !== asked);
        if (taken || stale) return response.writeHead(412).end();
        objects.set(key, Buffer.concat(chunks));
        return response.writeHead(200).end();
      }
      if (request.method === 'DELETE') return response.writeHead(objects.delete(key) ? 204 : 204).end();
      return there ? response.writeHead(200, { etag: tag(there) }).end(there) : response.writeHead(404).end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  const settings = parseStorageSettings({ bucket: 'byol', endpoint, accessKeyId: 'a', secretAccessKey: 'b' });
  return { store: openObjectStore(settings), close: () => server.close().closeAllConnections() };
}

test.each([
  ['If-None-Match', { ifNoneMatch: false, ifMatch: true }],
  ['If-Match', { ifNoneMatch: true, ifMatch: false }],
])('a server that ignores %s is refused', async (condition, honours) => {
  const { store, close } = await startForgetfulServer(honours);
  const failure = await probeStore(store).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(StorageUnsuitableError);
  expect(String(failure)).toContain(`does not honour "${condition}`);
  store.close();
  close();
});
