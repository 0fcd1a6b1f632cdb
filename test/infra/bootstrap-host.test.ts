import { chmodSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { root, runModule, runNode } from './bootstrap-module';

const bootstrap = path.join(root, 'infra', 'bootstrap.mjs');
let folder: string;
let bin: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'byol-host-'));
  bin = path.join(folder, 'bin');
  symlinkSync(path.dirname(process.execPath), path.join(folder, 'node'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Set-up with an empty cache, where only these programs are to be found. */
async function setUpWith(programs: Record<string, string>) {
  for (const [name, text] of Object.entries(programs)) {
    bin = mkdtempSync(path.join(folder, 'bin-'));
    writeFileSync(path.join(bin, name), text);
    chmodSync(path.join(bin, name), 0o755);
  }
  const cache = path.join(folder, 'cache');
  const outcome = await runNode([bootstrap], { PATH: bin, BYOL_CACHE_DIR: cache, HOME: folder });
  return { ...outcome, cache };
}

/** Each of these is one paragraph. */
const paragraph = (stderr: string) => stderr.trim().split('\n').slice(-1)[0] ?? '';

describe('set-up says what is missing, and how to get it', () => {
  test('no python3', async () => {
    const { code, stderr } = await setUpWith({});
    expect(code).toBe(1);
    expect(paragraph(stderr)).toMatch(
      /^Set-up stopped\. python3 was not found on PATH\..*apt install python3 python3-pip/,
    );
  });

  test('a python3 without pip', async () => {
    const python = '#!/bin/sh\ncase "$2" in *"import sys, pip"*) exit 1;; esac\nexit 0\n';
    const { code, stderr, cache } = await setUpWith({ python3: python });
    expect(code).toBe(1);
    expect(paragraph(stderr)).toMatch(/^Set-up stopped\. .*python3 has no pip.*ensurepip/);
    expect(readdirSync(cache)).toEqual(['setup.lock']);
  });

  test('a pip that is too old', async () => {
    const python = '#!/bin/sh\ncase "$2" in *"import sys, pip"*) echo 9.0.1 True;; esac\nexit 0\n';
    const { code, stderr } = await setUpWith({ python3: python });
    expect(code).toBe(1);
    expect(paragraph(stderr)).toMatch(/has pip 9\.0\.1; set-up needs Python 3\.8 and pip 20/);
  });

  test.each([
    ["requireNode('18.20.0')", /^This is node 18\.20\.0; durable-byol needs node 20\.19 or later, 22 or 24\./],
    ["requireNode('20.18.3')", /^This is node 20\.18\.3/],
    ["requirePlatform('win32', 'x64')", /this is win32-x64\. On Windows run it inside WSL2/],
    ["requirePlatform('darwin', 'x64')", /There is no TensorFlow 2\.21 for Intel Macs/],
    ["requirePlatform('linux', 'riscv64')", /Linux x86-64, Linux arm64 and macOS arm64; this is linux-riscv64/],
  ])('%s', async (call, message) => {
    const { code, stdout } = await runModule(
      `const host = await import(from('host')); try { host.${call} } catch (error) { console.log(error.message); process.exitCode = 3; }`,
    );
    expect(stdout).toMatch(message);
    expect(code).toBe(3);
  });

  test.each(['20.19.0', '22.0.0', '24.1.0'])('node %s is good', async (version) => {
    const { code, stderr } = await runModule(`(await import(from('host'))).requireNode('${version}')`);
    expect([code, stderr]).toEqual([0, '']);
  });

  test('a disk without room, before anything is fetched', async () => {
    const { stdout } = await runModule(
      `const { requireRoom } = await import(from('cache'));
       requireRoom(${JSON.stringify(folder)}, 1000);
       try { requireRoom(${JSON.stringify(path.join(folder, 'not', 'yet'))}, 1e18) } catch (error) { console.log(error.message) }`,
    );
    expect(stdout).toMatch(
      /not enough room on the disk of .*not\/yet: set-up needs 1000000000\.0 GB and .* are free\. Make room, or/,
    );
  });

  test('an option that it does not have', async () => {
    const { code, stderr } = await runNode([bootstrap, '--gqu']);
    expect(code).toBe(1);
    expect(stderr).toContain('Set-up has no option "--gqu". It knows --gpu, --cpu, --test');
  });
});

describe('a set-up that is complete', () => {
  test('does nothing and says nothing', async () => {
    const { code, stdout, stderr } = await runNode([bootstrap], process.env);
    expect([code, stdout, stderr]).toEqual([0, '', '']);
  });

  test('servers on PATH are taken from the version that suits, and not below', async () => {
    const { stdout } = await runModule(
      `const { isSuitable } = await import(from('servers'));
       const temporal = (text) => isSuitable(text, /version v?(\\d+)\\.(\\d+)/, [1, 5]);
       const weed = (text) => isSuitable(text, /\\s(\\d+)\\.(\\d+)/, [4, 48]);
       console.log(JSON.stringify([temporal('temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)'), temporal('temporal version 1.4.0'),
         temporal('nonsense'), weed('version 8000GB 4.48 abc linux amd64'), weed('version 30GB 3.80'), weed('version 30GB 4.16 x')]));`,
    );
    expect(JSON.parse(stdout)).toEqual([true, false, false, true, false, false]);
  });
});

describe('the program that set-up runs', () => {
  const run = (code: string) =>
    `const { runOnTerminal } = await import(from('child')); process.exitCode = await runOnTerminal(['-e', ${JSON.stringify(code)}]);`;

  test('ends set-up with its own exit code', async () => {
    expect((await runModule(run('process.exit(7)'))).code).toBe(7);
  });

  test('gets the signals that set-up gets', async () => {
    const waits = `process.on('SIGTERM', () => process.exit(9)); setInterval(() => {}, 1000); process.kill(process.ppid, 'SIGTERM');`;
    expect((await runModule(run(waits))).code).toBe(9);
  });

  test('that is killed ends it with 128 and the signal', async () => {
    expect((await runModule(run(`process.kill(process.pid, 'SIGKILL')`))).code).toBe(137);
  });
});
