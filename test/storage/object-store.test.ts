import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256 } from '../../storage/integrity';
import { ObjectDamagedError, ObjectMissingError } from '../../storage/errors';
import { openObjectStore, type ObjectStore } from '../../storage/object-store';
import { startLossyProxy, type LossyProxy } from '../servers/lossy-proxy';
import { startObjectStore, type ObjectStoreServer } from '../servers/object-store';

jest.setTimeout(120_000);

let server: ObjectStoreServer;
let store: ObjectStore & { close(): void };
let folder: string;

beforeAll(async () => {
  server = await startObjectStore();
  store = openObjectStore(server.with({ prefix: 'tests/object-store' }));
  folder = await mkdtemp(join(tmpdir(), 'byol-test-'));
});
afterAll(async () => {
  store.close();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

const text = (value: string) => Buffer.from(value);

async function keysUnder(of: ObjectStore, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of of.list(prefix)) keys.push(key);
  return keys;
}

describe('objects', () => {
  test('come back as they were written, under the prefix, and are gone when deleted', async () => {
    const body = randomBytes(100_000);
    await store.put('plain/a', body);
    expect((await store.get('plain/a')).equals(body)).toBe(true);
    expect(await store.head('plain/a')).toEqual({ bytes: 100_000 });
    const whole = openObjectStore(server.settings);
    expect(await whole.head('tests/object-store/plain/a')).toEqual({ bytes: 100_000 });
    whole.close();
    await store.delete('plain/a');
    await store.delete('plain/a');
    expect(await store.head('plain/a')).toBeNull();
    expect(await store.getIfPresent('plain/a')).toBeNull();
    await expect(store.get('plain/a')).rejects.toBeInstanceOf(ObjectMissingError);
  });

  test('are listed in order, page after page, without those beside the prefix', async () => {
    const names = Array.from({ length: 1005 }, (_, index) => `many/${String(index).padStart(5, '0')}`);
    for (let from = 0; from < names.length; from += 40) {
      await Promise.all(names.slice(from, from + 40).map((name) => store.put(name, text('x'))));
    }
    await store.put('many-others', text('x'));
    expect(await keysUnder(store, 'many/')).toEqual(names);
  });

  test('may be empty', async () => {
    await store.put('empty', Buffer.alloc(0));
    expect((await store.get('empty')).length).toBe(0);
    await writeFile(join(folder, 'empty'), '');
    await store.upload(join(folder, 'empty'), 'empty-file');
    await store.download('empty-file', join(folder, 'empty-back'), sha256(''));
    expect((await readFile(join(folder, 'empty-back'))).length).toBe(0);
  });
});

describe('conditional writes', () => {
  test('of writers racing for a key, one wins and the object is the winner’s', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 4 }, (_, writer) => store.putIfAbsent('race/absent', text(`writer ${writer}`))),
    );
    const winners = outcomes.flatMap((outcome, writer) => (outcome === 'created' ? [writer] : []));
    expect(winners).toHaveLength(1);
    expect((await store.get('race/absent')).toString()).toBe(`writer ${winners[0]}`);
  });

  test('of writers racing to replace, one wins', async () => {
    await store.put('race/swap', text('before'));
    const etag = (await store.getIfPresent('race/swap'))?.etag as string;
    const outcomes = await Promise.all(
      Array.from({ length: 4 }, (_, writer) => store.replace('race/swap', text(`writer ${writer}`), etag)),
    );
    const winners = outcomes.flatMap((outcome, writer) => (outcome === 'replaced' ? [writer] : []));
    expect(winners).toHaveLength(1);
    expect((await store.get('race/swap')).toString()).toBe(`writer ${winners[0]}`);
  });

  test('the same bytes again are no conflict, other bytes are', async () => {
    expect(await store.putIfAbsent('same', text('a'))).toBe('created');
    expect(await store.putIfAbsent('same', text('a'))).toBe('created');
    expect(await store.putIfAbsent('same', text('b'))).toBe('exists');
    expect((await store.get('same')).toString()).toBe('a');
  });

  test('replace refuses a stale tag, a tag of a missing object, and an object that should be absent', async () => {
    expect(await store.replace('swap', text('1'), null)).toBe('replaced');
    const first = (await store.getIfPresent('swap'))?.etag as string;
    expect(await store.replace('swap', text('2'), null)).toBe('conflict');
    expect(await store.replace('swap', text('2'), first)).toBe('replaced');
    expect(await store.replace('swap', text('3'), first)).toBe('conflict');
    expect(await store.replace('never/there', text('3'), first)).toBe('conflict');
    expect((await store.get('swap')).toString()).toBe('2');
  });
});

describe('large files', () => {
  test('go up in parts and come back whole', async () => {
    const body = randomBytes(40 * 1024 * 1024 + 17);
    await writeFile(join(folder, 'large'), body);
    await store.upload(join(folder, 'large'), 'large', sha256(body));
    expect(await store.head('large')).toEqual({ bytes: body.length });
    await store.download('large', join(folder, 'back', 'large'), sha256(body));
    expect((await readFile(join(folder, 'back', 'large'))).equals(body)).toBe(true);
  });

  test('a file that is not what its digest says is not stored', async () => {
    await writeFile(join(folder, 'changed'), randomBytes(20 * 1024 * 1024));
    await expect(store.upload(join(folder, 'changed'), 'changed', sha256('other'))).rejects.toThrow(/changed while/);
    expect(await store.head('changed')).toBeNull();
  });

  test('a damaged object leaves no file, and an older file as it was', async () => {
    await store.put('damaged', text('these bytes are wrong'));
    const path = join(folder, 'damaged', 'file');
    await expect(store.download('damaged', path, sha256('right'))).rejects.toBeInstanceOf(ObjectDamagedError);
    expect(await readdir(join(folder, 'damaged'))).toEqual([]);
    await writeFile(path, 'older');
    await expect(store.download('damaged', path, sha256('right'))).rejects.toThrow(/its SHA-256 should be/);
    expect(await readFile(path, 'utf8')).toBe('older');
  });
});

describe('on a network that loses answers', () => {
  let proxy: LossyProxy;
  let through: ObjectStore & { close(): void };
  beforeEach(async () => {
    proxy = await startLossyProxy(server.settings.endpoint as string);
    through = openObjectStore(server.with({ endpoint: proxy.endpoint, prefix: 'tests/lossy' }));
  });
  afterEach(async () => {
    through.close();
    await proxy.close();
  });

  test('a conditional write that is retried does not take its own success for somebody else’s', async () => {
    proxy.loseNextAnswer();
    expect(await through.putIfAbsent('once', text('mine'))).toBe('created');
    const etag = (await through.getIfPresent('once'))?.etag as string;
    proxy.loseNextAnswer();
    expect(await through.replace('once', text('mine, newer'), etag)).toBe('replaced');
    proxy.loseNextAnswer();
    expect(await through.putIfAbsent('once', text('another')).catch(String)).toBe('exists');
    expect(proxy.lost()).toBe(3);
  });

  test('an answer that breaks off is asked for again', async () => {
    const body = randomBytes(3 * 1024 * 1024);
    await through.put('long', body);
    proxy.cutNextAnswerAfter(1_000_000);
    expect((await through.get('long')).equals(body)).toBe(true);
    proxy.cutNextAnswerAfter(1_000_000);
    await through.download('long', join(folder, 'long'), sha256(body));
    expect((await readFile(join(folder, 'long'))).equals(body)).toBe(true);
    expect(proxy.lost()).toBe(2);
    expect((await readdir(folder)).filter((name) => name.includes('.part'))).toEqual([]);
  });
});
