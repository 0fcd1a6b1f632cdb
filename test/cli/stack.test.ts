import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { useRunningStack, withStack } from '../../cli/stack';
import { processBirth } from '../../infra/dev-stack/process-birth';
import { StackClaimedError } from '../../infra/dev-stack/stack-error';
import type { DevStack } from '../../infra/dev-stack/start';

/** A stack that is no stack; the other commands are real processes that do nothing. */
let dataDir: string;
let other: ChildProcess;
let said: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'byol-held-'));
  process.env['BYOL_DATA_DIR'] = dataDir;
  mkdirSync(join(dataDir, 'users'));
  other = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 120000)'], { stdio: 'ignore' });
  said = '';
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => ((said += String(text)), true));
});
afterEach(() => {
  jest.restoreAllMocks();
  other.kill('SIGKILL');
  delete process.env['BYOL_DATA_DIR'];
  rmSync(dataDir, { recursive: true, force: true });
});

const pidOf = ({ pid = 0 }: ChildProcess) => ({ pid, born: processBirth(pid) });
const otherUses = () => writeFileSync(join(dataDir, 'users', 'other'), JSON.stringify(pidOf(other)));
const otherLeaves = () => rmSync(join(dataDir, 'users', 'other'));

/** What another process has written of its stack. */
function stackOf(more: object) {
  writeFileSync(join(dataDir, 'stack.json'), JSON.stringify({ ...pidOf(other), startedAt: '', ...more }));
  const credentials = { accessKeyId: 'a'.repeat(16), secretAccessKey: 's'.repeat(40) };
  writeFileSync(join(dataDir, 'credentials.json'), JSON.stringify(credentials));
}
const answers = {
  temporal: { address: '127.0.0.1:1', uiUrl: 'http://127.0.0.1:2', namespace: 'default' },
  s3: { endpoint: 'http://127.0.0.1:3', bucket: 'byol', region: 'us-east-1' },
};

/** Starts that fake, with what happens to it in order. */
function faked() {
  const events: string[] = [];
  const stack = {
    dataDir,
    hide: (hidden: boolean) => void events.push(hidden ? 'hides' : 'shows'),
    stop: () => (events.push('stops'), Promise.resolve()),
  } as unknown as DevStack;
  return { events, start: () => (events.push('starts'), Promise.resolve(stack)) };
}

test('a stack that nobody else uses is stopped when the command is done', async () => {
  const { events, start } = faked();
  const held = await withStack((stack) => (events.push('works'), Promise.resolve(stack)), start);
  expect(held.stops).toBe(true);
  expect(events).toEqual(['starts', 'works', 'hides', 'stops']);
});

test('one that another command uses is kept until that has ended, and who it is is told', async () => {
  const { events, start } = faked();
  const done = withStack(() => (otherUses(), Promise.resolve('done')), start).then((value) => events.push(value));
  await sleep(700);
  expect(new Set(events)).toEqual(new Set(['starts', 'shows']));
  expect(said).toContain(
    `Another command (process ${other.pid}) uses the local stack, which stops when that has ended.`,
  );
  otherLeaves();
  await done;
  expect(events.filter((event) => event !== 'shows')).toEqual(['starts', 'hides', 'stops', 'done']);
});

test('one that dies while it uses the stack holds it no longer; a failure is told before the wait', async () => {
  const { events, start } = faked();
  const failed = withStack(() => (otherUses(), Promise.reject(new Error('no such thing'))), start);
  const refused = expect(failed).rejects.toThrow('no such thing');
  await sleep(700);
  expect(said).toMatch(/This command failed: [^]*no such thing[^]*Another command/);
  other.kill('SIGKILL');
  await refused;
  expect(events.filter((event) => event !== 'shows')).toEqual(['starts', 'hides', 'stops']);
});

test('Ctrl-C stops it at once', async () => {
  const { events, start } = faked();
  const interrupt = () => process.listeners('SIGINT').at(-1)?.('SIGINT');
  await withStack(() => (otherUses(), interrupt(), Promise.resolve()), start);
  expect(events).toEqual(['starts', 'stops']);
});

test.each([
  ['start --up', false],
  ['up', true],
])('a stack that byol %s is starting is waited for and used', async (_, lasting) => {
  stackOf({ lasting });
  const joined = withStack(
    (stack) => Promise.resolve(stack),
    () => Promise.reject(new Error('not to be started')),
  );
  await sleep(300);
  stackOf({ lasting, ...answers });
  expect((await joined).stops).toBe(!lasting);
  expect(said).toContain('Another command is starting the local stack, or stopping it: waiting for that.');
});

test('where another process is quicker with the claim, its stack is used', async () => {
  const start = () => {
    stackOf(answers);
    return Promise.reject(new StackClaimedError('claimed', 'wait'));
  };
  expect((await withStack((stack) => Promise.resolve(stack), start)).stops).toBe(true);
  await expect(
    withStack(
      () => Promise.resolve(),
      () => Promise.reject(new Error('never')),
    ),
  ).resolves.toBeUndefined();
});

test('any other error of the start is told', async () => {
  const start = () => Promise.reject(new Error('no disk'));
  await expect(withStack(() => Promise.resolve(), start)).rejects.toThrow('no disk');
});

test('a claim that leads to no stack is told, and not tried for ever', async () => {
  const start = () => Promise.reject(new StackClaimedError('claimed by nobody', 'wait'));
  await expect(withStack(() => Promise.resolve(), start)).rejects.toThrow('claimed by nobody');
});

test('a command waits for a stack that hides, and not for long', async () => {
  stackOf({});
  const entered = useRunningStack();
  await sleep(200);
  stackOf(answers);
  const { stack, leave } = await entered;
  expect(stack?.temporal.address).toBe(answers.temporal.address);
  leave();
  stackOf({});
  expect((await useRunningStack()).stack).toBeNull();
  rmSync(join(dataDir, 'stack.json'));
  expect((await useRunningStack()).stack).toBeNull();
});
