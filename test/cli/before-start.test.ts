import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { experimentSpec } from '../../storage/keys';
import { openObjectStore } from '../../storage/object-store';
import { byol } from './byol';
import { useServers } from './servers';

/** `byol start` against real servers that it cannot use: it says so before anything is started or written. */
const servers = useServers();

const start = (name: string, ...more: string[]) => ['start', 'mnist-quickstart', `name=${name}`, ...more];

describe('before anything starts', () => {
  test.each<[string, () => Record<string, string>, RegExp]>([
    ['a missing bucket', () => ({ BYOL_BUCKET: 'not-there' }), /The bucket "not-there" does not exist .*BYOL_BUCKET/],
    ['wrong credentials', () => ({ AWS_SECRET_ACCESS_KEY: 'wrong-secret-key' }), /refused .*AWS_ACCESS_KEY_ID/],
    [
      'a storage server that is down',
      () => ({ BYOL_S3_ENDPOINT: 'http://127.0.0.1:1' }),
      /did not answer .*BYOL_S3_ENDPOINT/,
    ],
    [
      'a Temporal server that is down',
      () => ({ TEMPORAL_ADDRESS: '127.0.0.1:1' }),
      /No Temporal server answers at 127\.0\.0\.1:1/,
    ],
    [
      'an unknown namespace',
      () => ({ TEMPORAL_NAMESPACE: 'elsewhere' }),
      /has no namespace "elsewhere".*TEMPORAL_NAMESPACE/,
    ],
  ])('%s is told', async (what, change, sentence) => {
    const name = `before-${what.replace(/[^a-z]+/gi, '-').toLowerCase()}`;
    const { code, stderr, stdout } = await byol(start(name), { ...servers.environment, ...change() });
    expect(stderr).toMatch(sentence);
    expect(stderr).not.toMatch(/^ +at /m);
    expect(stdout).toBe('');
    expect(code).toBe(3);
    const store = openObjectStore(servers.objects.settings);
    expect(await store.head(experimentSpec(name))).toBeNull();
    store.close();
    await expect(servers.temporal.client.workflow.getHandle(name).describe()).rejects.toThrow(/not found/i);
  });

  test('a store that takes no notice of conditions is refused before the spec is written', async () => {
    const objects = new Map<string, Buffer>();
    const server = createServer((request, response) => {
      const key = (request.url ?? '').split('?')[0]!;
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const there = objects.get(key);
        if (request.method === 'PUT') objects.set(key, Buffer.concat(chunks));
        if (request.method === 'DELETE') objects.delete(key);
        response.writeHead(request.method === 'GET' && !there ? 404 : 200, { etag: '"x"' }).end(there);
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const where = { ...servers.environment, BYOL_S3_ENDPOINT: `http://127.0.0.1:${port}` };
    const { code, stderr } = await byol(start('before-forgetful', '--no-wait'), where);
    server.close().closeAllConnections();
    expect(stderr).toContain('If-None-Match');
    expect(code).toBe(3);
    expect([...objects.keys()].filter((key) => key.includes('experiments/'))).toEqual([]);
  });
});
