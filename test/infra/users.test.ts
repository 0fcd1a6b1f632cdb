import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { processBirth } from '../../infra/dev-stack/process-birth';
import { otherUsers, useStack } from '../../infra/dev-stack/users';

let dataDir: string;
let other: ChildProcess | undefined;
beforeEach(() => (dataDir = mkdtempSync(path.join(tmpdir(), 'byol-users-'))));
afterEach(() => {
  other?.kill('SIGKILL');
  rmSync(dataDir, { recursive: true, force: true });
});
const files = () => readdirSync(path.join(dataDir, 'users'));

test('a process is no other to itself, and takes back what it said', () => {
  expect(otherUsers(dataDir)).toEqual([]);
  const leave = useStack(dataDir);
  const twice = useStack(dataDir);
  expect([otherUsers(dataDir), files().length]).toEqual([[], 2]);
  leave();
  twice();
  expect(files()).toEqual([]);
});

test('another that is alive counts; one that was killed does not, and leaves nothing', async () => {
  other = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 120000)'], { stdio: 'ignore' });
  const { pid = 0 } = other;
  useStack(dataDir)();
  const says = (born: string | undefined) =>
    writeFileSync(path.join(dataDir, 'users', 'other'), JSON.stringify({ pid, born }));
  says(processBirth(pid));
  expect(otherUsers(dataDir)).toEqual([pid]);
  says('long before');
  expect([otherUsers(dataDir), files()]).toEqual([[], []]);
  says(processBirth(pid));
  other.kill('SIGKILL');
  await once(other, 'exit');
  expect([otherUsers(dataDir), files()]).toEqual([[], []]);
});

test('what is no such file is nobody, and a folder that cannot be written stops no command', () => {
  useStack(dataDir)();
  const odd = path.join(dataDir, 'users', 'odd');
  writeFileSync(odd, 'half a fi');
  expect([otherUsers(dataDir), files()]).toEqual([[], ['odd']]);
  utimesSync(odd, 0, 0);
  expect([otherUsers(dataDir), files()]).toEqual([[], []]);
  const file = path.join(dataDir, 'file');
  writeFileSync(file, '');
  expect(() => useStack(file)()).not.toThrow();
});
