import { mkdtemp, readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { Unpacking } from '../../../datasets/images/unpacking';
import { brief, packedTree, packedTreeListed, sourceBench, tar } from './source-bench';

const bench = sourceBench();
const { file, zip, list } = bench;

test('an archive is what its bytes say: tar, compressed or not, whatever its name', async () => {
  expect(brief(await list(await file('a.tar', await tar(packedTree))))).toEqual(packedTreeListed);
  const found = await list(await file('photos.data', gzipSync(await tar(packedTree))));
  expect(brief(found)).toEqual(packedTreeListed);
  expect(await readFile(found.files[0]?.file as string, 'utf8')).toBe('c');
});

test('a zip', async () => {
  const entries = packedTree
    .filter(({ name }) => !name.endsWith('/'))
    .map(({ name, body = '' }): [string, string] => [name, body]);
  const found = await list(await zip('a.zip', entries));
  expect(brief(found)).toEqual(packedTreeListed);
  expect(await readFile(found.files[0]?.file as string, 'utf8')).toBe('c');
});

test('names in any script, and one name in two folders, come through both', async () => {
  const names = ['дуб/지도.png', 'дуб/a b#%.png', 'дуб/naïve.png', 'elm/지도.png'];
  const wanted = [...names].sort().map((name) => `${name} - ${name.slice(0, 3)}`);
  expect(brief(await list(await file('a.tar', await tar(names.map((name) => ({ name, body: name }))))))).toEqual(
    wanted,
  );
  expect(
    brief(
      await list(
        await zip(
          'a.zip',
          names.map((name) => [name, name]),
        ),
      ),
    ),
  ).toEqual(wanted);
});

test('a lone class or split at the top is kept, a folder around all of them is passed through', async () => {
  const one = await tar([{ name: 'unlabelled/a/1.png' }, { name: 'unlabelled/b/2.png' }]);
  expect(brief(await list(await file('a.tar', one)))).toEqual([
    'unlabelled/a/1.png unlabelled -',
    'unlabelled/b/2.png unlabelled -',
  ]);
  expect(brief(await list(await file('b.tar', await tar([{ name: 'ash/1.png' }]))))).toEqual(['ash/1.png - ash']);
  const wrapped = [
    { name: 'README.md' },
    { name: 'v2/LICENSE' },
    { name: 'v2/set/ash/1.png' },
    { name: 'v2/set/elm/1.png' },
  ];
  const found = await list(await file('c.tar', await tar(wrapped)));
  expect(brief(found)).toEqual(['ash/1.png - ash', 'elm/1.png - elm']);
  expect(found.skipped.map(({ path }) => path)).toEqual(['README.md', 'v2/LICENSE']);
  const beside = await list(await file('d.tar', await tar([{ name: '1.png' }, ...wrapped.slice(2)])));
  expect(brief(beside)).toContain('1.png - -');
});

test('progress says how much of the archive was read', async () => {
  const seen: number[] = [];
  const path = await file('a.tar', await tar(packedTree));
  await list(path, { onProgress: ({ bytes, totalBytes = 0 }) => seen.push(bytes / totalBytes) });
  expect(seen.length).toBeGreaterThan(0);
  expect(Math.max(...seen)).toBeLessThanOrEqual(1);
});

describe('a hostile archive is refused by the name of the entry', () => {
  test.each([
    ['above', '../outside.png', 'does not name a file inside the archive'],
    ['above, later on', 'a/../../outside.png', 'does not name a file inside the archive'],
    ['absolute', '/etc/outside.png', 'does not name a file inside the archive'],
    ['a drive', 'C:/outside.png', 'does not name a file inside the archive'],
    ['backslashes', 'a\\..\\outside.png', 'does not name a file inside the archive'],
    ['a long name', `${'x'.repeat(300)}.png`, 'has a name of more than 255 bytes'],
    ['a long path', `${'deep/'.repeat(800)}1.png`, 'or a path of more than 3000'],
  ])('%s', async (_, name, why) => {
    const refused = list(await file('a.tar', await tar([{ name, body: 'x' }])));
    await expect(refused).rejects.toMatchObject({
      name: 'DatasetError',
      message: expect.stringContaining(why) as unknown,
    });
    await expect(refused).rejects.toThrow(JSON.stringify(name).slice(1, 20));
    expect((await readdir(bench.root())).concat(await readdir(bench.scratch()))).not.toContain('outside.png');
  });

  test('also in a zip', async () => {
    for (const name of ['../outside.png', '/outside.png', 'C:/outside.png'])
      await expect(list(await zip('a.zip', [[name, 'x']]))).rejects.toMatchObject({
        name: 'DatasetError',
        message: expect.stringContaining(name) as unknown,
      });
  });

  test('a name twice, or a file where a folder is', async () => {
    const twice = [
      { name: 'a/1.png', body: 'x' },
      { name: './a/1.png', body: 'y' },
    ];
    await expect(list(await file('a.tar', await tar(twice)))).rejects.toThrow('stands in it twice');
    const zipped = zip('a.zip', [
      ['a/1.png', 'x'],
      ['a/1.png', 'y'],
    ]);
    await expect(list(await zipped)).rejects.toThrow('"a/1.png" of');
    const both = [
      { name: 'a', body: 'x' },
      { name: 'a/1.png', body: 'y' },
    ];
    await expect(list(await file('b.tar', await tar(both)))).rejects.toThrow('has the place of another file or folder');
  });

  test('one large entry: before it is written', async () => {
    const bomb = await tar([{ name: 'a/1.png', body: 'x' }]);
    bomb.write('77777777777\0', 124, 'latin1'); // 8 GiB, says the header
    let sum = 0;
    bomb.fill(' ', 148, 156);
    for (const byte of bomb.subarray(0, 512)) sum += byte;
    bomb.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
    await expect(list(await file('a.tar', bomb))).rejects.toThrow('archives of images do not shrink them so much');
  });

  test('an entry of a zip that is larger than it says', async () => {
    const path = await zip('a.zip', [['a/1.png', 'x'.repeat(100_000)]]);
    const bytes = await readFile(path);
    const size = Buffer.alloc(4);
    size.writeUInt32LE(100_000);
    const small = Buffer.alloc(4);
    small.writeUInt32LE(10);
    for (let at = bytes.indexOf(size); at >= 0; at = bytes.indexOf(size, at)) small.copy(bytes, at);
    await expect(list(await file('b.zip', bytes))).rejects.toThrow(/b\.zip" cannot be unpacked \(too many bytes/);
  });

  test('an entry that fails at once, which ends the process where nobody listens yet', async () => {
    const unpacking = new Unpacking(bench.scratch(), 'a.zip', 1000, new AbortController().signal);
    const failing = () => {
      const stream = new Readable({ read: () => undefined });
      process.nextTick(() => stream.destroy(new Error('too much')));
      return stream;
    };
    await expect(unpacking.take('a/b/1.png', 10, failing)).rejects.toThrow('too much');
  });

  test('many entries, each of them small, of whatever kind', async () => {
    const folder = await mkdtemp(join(bench.scratch(), 'many-'));
    const unpacking = new Unpacking(folder, 'many.tar', 1000, new AbortController().signal);
    const count = (entries: number, from = 0) => {
      for (let at = from; at < from + entries; at++) unpacking.count('link');
    };
    count(20_000_000);
    expect(() => unpacking.place('a/1.png', 1)).toThrow(/"a\/1\.png" of "many\.tar" comes after 20000000 others/);
    const large = new Unpacking(folder, 'large.tar', 0, new AbortController().signal);
    const place = (at: number) => large.place(`a/${at}.png`, 2 ** 20);
    for (let at = 0; at < 1024; at++) place(at);
    expect(() => place(1024)).toThrow(/"a\/1024\.png" of "large\.tar" makes it unpack to more than 1073741824 bytes/);
  });
});

test('links and devices are listed as skipped and not followed', async () => {
  const links = await tar([
    { name: 'ash/1.png', body: 'x' },
    { name: 'elm/1.png', body: 'y' },
    { name: 'elm/passwd', type: 'symlink', linkname: '/etc/passwd' },
    { name: 'elm/hard', type: 'link', linkname: '/etc/passwd' },
    { name: 'elm/null', type: 'character-device' },
  ]);
  const found = await list(await file('a.tar', links));
  expect(found.files).toHaveLength(2);
  expect(found.skipped.map(({ path, reason }) => `${path} ${reason}`)).toEqual([
    'elm/hard link in an archive',
    'elm/null no plain file in an archive',
    'elm/passwd link in an archive',
  ]);
  const zipped = await list(
    await zip('b.zip', [
      ['ash/1.png', 'x'],
      ['elm/link', '/etc/passwd', 0o120777],
    ]),
  );
  expect(zipped.skipped).toEqual([{ path: 'elm/link', reason: 'link in an archive' }]);
});

test('an archive that is cut short is named', async () => {
  const whole = await tar(packedTree);
  const compressed = gzipSync(whole);
  const cut = await file('cut.tgz', compressed.subarray(0, compressed.length - 20));
  await expect(list(cut)).rejects.toThrow(/cut\.tgz" cannot be unpacked/);
  await expect(list(await file('cut.tar', whole.subarray(0, 1400)))).rejects.toThrow(/cut\.tar" cannot be unpacked/);
  const zipped = await readFile(await zip('a.zip', [['a/1.png', 'x'.repeat(5000)]]));
  await expect(list(await file('cut.zip', zipped.subarray(0, 60)))).rejects.toThrow(/cut\.zip" cannot be unpacked/);
});

test('wherever an archive ends, it is read or refused; nothing waits for the rest', async () => {
  const entries = ['ash/1.png', 'ash/.DS_Store', 'elm/2.png'].map((name) => ({ name, body: name.repeat(900) }));
  const whole = await tar(entries);
  const zipped = await readFile(
    await zip(
      'a.zip',
      entries.map(({ name, body }) => [name, body]),
    ),
  );
  for (const [kind, bytes] of Object.entries({ tar: whole, tgz: gzipSync(whole), zip: zipped }))
    for (let at = 1; at < 60; at++) {
      const path = await file(`cut.${kind}`, bytes.subarray(0, Math.floor((bytes.length * at) / 60)));
      const ended = await list(path).then(
        ({ files }) => `${kind}: ${files.length <= 2}`,
        (error: Error) => `${kind}: ${error.name}`,
      );
      expect([`${kind}: true`, `${kind}: DatasetError`]).toContain(ended);
    }
}, 30_000);

test('stopping ends it with the reason', async () => {
  const stop = new AbortController();
  const onProgress = () => stop.abort(new Error('stopped'));
  const path = await file('a.tar', await tar(packedTree));
  await expect(list(path, { signal: stop.signal, onProgress })).rejects.toThrow('stopped');
});
