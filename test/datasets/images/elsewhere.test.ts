import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { startFileServer } from '../../servers/file-server';
import { useObjectStore } from '../../servers/object-store';
import { brief, packedTree, packedTreeListed, sourceBench, tar } from './source-bench';

const bench = sourceBench();
const { list } = bench;

test('an archive by URL is fetched, and checked where the spec says what to expect', async () => {
  const server = await startFileServer();
  try {
    const bytes = gzipSync(await tar(packedTree));
    server.files.set('/photos.tgz', bytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const md5 = createHash('md5').update(bytes).digest('hex');
    const source = `${server.url}/photos.tgz`;
    const archive = { bytes: bytes.length, sha256, md5 };
    expect(brief(await list(source, { archive }))).toEqual(packedTreeListed);
    for (const [wrong, why] of [
      [{ ...archive, sha256: '0'.repeat(64) }, 'its sha256 should be 000'],
      [{ ...archive, md5: '0'.repeat(32) }, 'its md5 should be 000'],
      [{ ...archive, bytes: 1 }, 'its bytes should be 1'],
    ] as const)
      await expect(list(source, { archive: wrong })).rejects.toMatchObject({
        name: 'DatasetError',
        message: expect.stringContaining(why) as unknown,
      });
    await expect(list(`${server.url}/none.zip`)).rejects.toThrow('There is nothing at');
    server.files.set('/list.csv', Buffer.from('path,label\n/etc/1.png,ash\n'));
    await expect(list(`${server.url}/list.csv?key=secret`)).rejects.toThrow(/list\.csv" is a list, and the images/);
    server.breaks = 1;
    await expect(list(source)).rejects.toMatchObject({ name: 'DownloadError', retryable: true });
  } finally {
    await server.close();
  }
});

describe('object storage', () => {
  const objects = useObjectStore();
  const openBucket = (bucket: string, prefix: string) => objects.store.elsewhere(bucket, prefix);

  test("a bucket's prefix is copied, and not what its name begins", async () => {
    for (const { name, body } of packedTree.slice(1)) await objects.store.put(`some/${name}`, Buffer.from(body ?? ''));
    await objects.store.put('some/photos-2/ash/1.png', Buffer.from('another prefix'));
    for (const source of ['s3://byol/some/photos/', 's3://byol/some/photos'])
      expect(brief(await list(source, { openBucket }))).toEqual(packedTreeListed);
  });

  test('one object that is an archive is unpacked; a list alone is refused', async () => {
    await objects.store.put('packed/a.tar', await tar(packedTree));
    expect(brief(await list('s3://byol/packed/a.tar', { openBucket }))).toEqual(packedTreeListed);
    await objects.store.put('packed/list.csv', Buffer.from('path,label\n1.png,ash\n'));
    await expect(list('s3://byol/packed/list.csv', { openBucket })).rejects.toThrow('is a list');
  });

  test('A19 keys in any script, and more of them than one page of the listing holds', async () => {
    const names = ['дуб/지도.png', 'дуб/a b#%+&.png', 'дуб/naïve.png'];
    const many = Array.from({ length: 1010 }, (_, at) => `elm/${String(at).padStart(4, '0')}.png`);
    const all = [...names, ...many];
    for (let at = 0; at < all.length; at += 50)
      await Promise.all(all.slice(at, at + 50).map((name) => objects.store.put(`odd/${name}`, Buffer.from(name))));
    const found = await list('s3://byol/odd', { openBucket });
    expect(found.files.map(({ path }) => path)).toEqual([...names, ...many].sort());
    expect(found.files.every(({ path, bytes }) => bytes === Buffer.byteLength(path))).toBe(true);
  }, 60_000);

  test('what is not there is said so', async () => {
    await expect(list('s3://byol/nothing/here', { openBucket })).rejects.toThrow(
      'There is no object in s3://byol/nothing',
    );
    await expect(list('s3://no-such-bucket/photos', { openBucket })).rejects.toMatchObject({
      name: 'DatasetError',
      message: expect.stringMatching(/no bucket "no-such-bucket", which dataset.source names/) as unknown,
    });
    await expect(list('s3:///photos', { openBucket })).rejects.toThrow('names no bucket');
    await expect(list('s3://byol/some/photos')).rejects.toThrow('no bucket is set up here');
  });
});

test('a path that is not there is said so', async () => {
  await expect(list(join(bench.root(), 'nowhere'))).rejects.toThrow('nowhere" is not there');
});
