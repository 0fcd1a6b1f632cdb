import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DatasetError, DownloadError } from '../../datasets/errors';
import { startFileServer, type FileServer } from '../servers/file-server';
import { committed, startImportingBench, type ImportingBench } from './importing-bench';
import { smallMnist } from './small-mnist';
import { archiveOf, checksOf, entriesOf, smallStl10 } from './small-stl10';

jest.setTimeout(120_000);

let bench: ImportingBench;
let server: FileServer;
const files = smallStl10();
const archive = '/pub/stl10_binary.tar.gz';

beforeAll(async () => {
  bench = await startImportingBench();
  server = await startFileServer();
});
afterAll(async () => {
  await server.close();
  await bench.stop();
});
beforeEach(async () => {
  bench.begin();
  server.files.clear();
  server.files.set(archive, await archiveOf(entriesOf(files)));
  for (const [name, bytes] of Object.entries(smallMnist())) server.files.set(`/mnist/${name}.gz`, gzipSync(bytes));
  Object.assign(server, { status: null, breaks: 0, requests: [] });
});

const stl10 = (path: string) =>
  ({ kind: 'stl10', source: server.url + path, files: checksOf(files), unlabelled: 'all', validation: 5 }) as const;
const mnist = (path: string) =>
  ({ kind: 'mnist-idx', source: server.url + path, unlabelled: 'all', validation: 5 }) as const;
const both = { stl10: () => stl10(archive), mnist: () => mnist('/mnist') };

test('STL10 by URL, also by way of a redirect, and not a second time', async () => {
  const first = await bench.import(stl10(`/moved${archive}?token=secret`));
  expect(first.fetched).toBe(true);
  expect(JSON.stringify(first.manifest)).not.toContain('secret');
  server.requests.length = 0;
  expect(await bench.import(stl10(archive))).toEqual({ ...first, fetched: false });
  expect(server.requests).toEqual([]);
});

test('MNIST by URL; with a server that tags its files, a second time costs no download', async () => {
  const first = await bench.import(mnist('/moved/mnist/'));
  expect(first).toMatchObject({ fetched: true, manifest: { splits: { train: { count: 40 } } } });
  expect(await bench.import(mnist('/mnist'))).toMatchObject({ digest: first.digest, fetched: false });
  const tagged = await bench.import(mnist('/tagged/mnist'));
  expect(tagged.digest).toBe(first.digest);
  server.requests.length = 0;
  expect(await bench.import(mnist('/tagged/mnist'))).toMatchObject({ digest: first.digest, fetched: false });
  expect(server.requests.filter((request) => request.startsWith('GET'))).toEqual([]);
  expect(await readdir(join(bench.folder, 'scratch'))).toEqual([]);
});

test.each(['stl10', 'mnist'] as const)(
  '%s: a download that breaks off may be tried again, and then succeeds',
  async (kind) => {
    server.breaks = 1;
    const failure = await bench.import(both[kind]()).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(DownloadError);
    expect((failure as DownloadError).retryable).toBe(true);
    expect(String(failure)).toMatch(/The download of http:\/\/127\.0\.0\.1:\d+\/.* broke off/);
    expect(await committed(bench)).toEqual([]);
    expect((await bench.import(both[kind]())).fetched).toBe(true);
  },
);

test('MNIST by URL from a server that has the plain files', async () => {
  server.files.clear();
  for (const [name, bytes] of Object.entries(smallMnist())) server.files.set(`/plain/${name}`, bytes);
  expect((await bench.import(mnist('/plain'))).manifest.splits.test.count).toBe(20);
});

test.each(['stl10', 'mnist'] as const)('%s: what is not there cannot be waited for', async (kind) => {
  server.files.clear();
  const failure = await bench.import(both[kind]()).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(DatasetError);
  expect(String(failure)).toMatch(/dataset\.source/);
});

test.each([
  [503, DownloadError, /answered 503/],
  [429, DownloadError, /answered 429/],
  [403, DatasetError, /answered 403.*needs no login/],
])('a server that answers %d', async (status, kind, sentence) => {
  server.status = status;
  const failure = await bench.import(stl10(archive)).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(kind);
  expect(String(failure)).toMatch(sentence);
});

test('a server that does not answer is named, and may be tried again', async () => {
  const nobody = { ...stl10(''), source: 'http://127.0.0.1:9/stl10_binary.tar.gz' };
  await expect(bench.import(nobody)).rejects.toThrow(
    /http:\/\/127\.0\.0\.1:9\/stl10_binary\.tar\.gz could not be reached/,
  );
  await expect(bench.import(nobody)).rejects.toBeInstanceOf(DownloadError);
});

test.each(['stl10', 'mnist'] as const)(
  '%s: cancelled in the middle, it ends with the reason of the signal',
  async (kind) => {
    const controller = new AbortController();
    const reason = new Error('the activity was cancelled');
    const onProgress = () => controller.abort(reason);
    const failure = await bench
      .import(both[kind](), { signal: controller.signal, onProgress })
      .catch((error: unknown) => error);
    expect(failure).toBe(reason);
    expect(await committed(bench)).toEqual([]);
  },
);
