import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Entry } from 'yauzl';
import { openZip } from '../../../datasets/images/zip-file';

let folder: string;
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'byol-zip-'))));
afterAll(() => rm(folder, { recursive: true }));

async function opened(bytes: Buffer) {
  const path = join(folder, 'some.zip');
  await writeFile(path, bytes);
  return openZip(path, { lazyEntries: true, autoClose: false });
}

/** The end of a zip in the 64-bit form (APPNOTE 4.3.15, 4.3.16), whose directory's end is said to be at `offset`. */
function zip64(offset: bigint): Buffer {
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(offset, 8);
  locator.writeUInt32LE(1, 16);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(0xffff, 8);
  end.writeUInt16LE(0xffff, 10);
  end.writeUInt32LE(0xffffffff, 12);
  end.writeUInt32LE(0xffffffff, 16);
  return Buffer.concat([locator, end]);
}

/** One stored file `a` with the bytes `hello`, whose header is said to be at `offset`. */
function zipOf(offset: number): Buffer {
  const local = Buffer.alloc(30 + 1 + 5);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt32LE(5, 18);
  local.writeUInt32LE(5, 22);
  local.writeUInt16LE(1, 26);
  local.write('ahello', 30);
  const entry = Buffer.alloc(46 + 1);
  entry.writeUInt32LE(0x02014b50, 0);
  entry.writeUInt32LE(5, 20);
  entry.writeUInt32LE(5, 24);
  entry.writeUInt16LE(1, 28);
  entry.writeUInt32LE(offset, 42);
  entry.write('a', 46);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(entry.length, 12);
  end.writeUInt32LE(local.length, 16);
  return Buffer.concat([local, entry, end]);
}

async function contentOf(bytes: Buffer): Promise<string> {
  const zip = await opened(bytes);
  try {
    for await (const entry of zip.eachEntry() as AsyncIterable<Entry>) {
      const chunks: Buffer[] = [];
      for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk as Buffer);
      return Buffer.concat(chunks).toString();
    }
    return '';
  } finally {
    zip.close();
  }
}

test('a file is read', async () => {
  expect(await contentOf(zipOf(0))).toBe('hello');
});

test.each([2n ** 56n, 2n ** 63n, 10_000n])('a directory at %d, outside of the file, is an error', async (offset) => {
  await expect(opened(zip64(offset))).rejects.toThrow(/^it names bytes \d+ to \d+, and the file has 42$/);
});

test('an entry outside of the file is an error', async () => {
  await expect(contentOf(zipOf(5000))).rejects.toThrow('it names bytes 5000 to 5030, and the file has');
});
