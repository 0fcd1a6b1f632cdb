import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { processBirth } from '../../infra/dev-stack/process-birth';
import { findRunningStack, isStarting } from '../../infra/dev-stack/stack-file';
import { startDevStack, type DevStack } from '../../infra/dev-stack/start';
import { searchAttributeNames } from '../../experiment/names';
import { openObjectStore } from '../../storage/object-store';
import { parseStorageSettings } from '../../storage/settings';
import { stackUnderTest } from './stack-under-test';

let dataDir: string;
beforeEach(() => (dataDir = mkdtempSync(path.join(tmpdir(), 'byol-stack-'))));
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

async function withStack(use: (stack: DevStack, lines: string[]) => Promise<void>): Promise<void> {
  const options = await stackUnderTest(dataDir);
  const stack = await startDevStack(options);
  try {
    await use(stack, options.lines);
  } finally {
    await stack.stop();
  }
}

function storeOf({ info }: DevStack) {
  const { s3, credentials } = info;
  return openObjectStore(parseStorageSettings({ ...s3, ...credentials }));
}

async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt++) {
    if (await holds()) return;
    await sleep(100);
  }
  throw new Error(`it never happened: ${what}`);
}

const isGone = (pid: number) => processBirth(pid) === undefined;

test('whoever comes while it starts can see that, and wait', async () => {
  const seen = () => ({ starting: isStarting(dataDir), running: findRunningStack(dataDir)?.pid });
  const before = seen();
  const starts = startDevStack(await stackUnderTest(dataDir));
  const meanwhile = seen();
  const stack = await starts;
  const up = seen();
  stack.hide(true);
  const hidden = seen();
  stack.hide(false);
  const shown = seen();
  await stack.stop();
  expect([before, meanwhile, up, hidden, shown, seen()]).toEqual([
    { starting: false, running: undefined },
    { starting: true, running: undefined },
    { starting: false, running: process.pid },
    { starting: true, running: undefined },
    { starting: false, running: process.pid },
    { starting: false, running: undefined },
  ]);
  writeFileSync(path.join(dataDir, 'stack.json'), JSON.stringify({ pid: process.pid, born: 'before', startedAt: '' }));
  expect(isStarting(dataDir)).toBe(false);
});

describe('a running stack', () => {
  test('answers as its file says, which this user alone can read, and knows the search attributes', async () => {
    await withStack(async (stack) => {
      expect(findRunningStack(dataDir)).toMatchObject({ ...stack.info, startedAt: expect.any(String) as string });
      for (const file of ['stack.json', 'credentials.json'])
        expect(statSync(path.join(dataDir, file)).mode & 0o777).toBe(0o600);
      expect(readFileSync(path.join(dataDir, 'stack.json'), 'utf8')).not.toContain(
        stack.info.credentials.secretAccessKey,
      );
      const connection = await Connection.connect({ address: stack.info.temporal.address });
      const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace: 'default' });
      expect(Object.keys(customAttributes ?? {})).toEqual(expect.arrayContaining([...searchAttributeNames]));
      const { config } = await connection.workflowService.describeNamespace({ namespace: 'default' });
      expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBeGreaterThanOrEqual(30 * 24 * 3600);
      await connection.close();
      expect((await fetch(stack.info.temporal.uiUrl)).status).toBe(200);
      const store = storeOf(stack);
      await store.put('a', Buffer.from('b'));
      expect((await store.get('a')).toString()).toBe('b');
      store.close();
    });
  });

  test('refuses a second one on its folder', async () => {
    await withStack(async (stack) => {
      await expect(startDevStack(await stackUnderTest(dataDir))).rejects.toThrow(
        `already running on ${dataDir} (process ${process.pid}). Its UI is at ${stack.info.temporal.uiUrl}`,
      );
      expect(findRunningStack(dataDir)).not.toBeNull();
    });
  });

  test('starts each of its programs again that is killed, with nothing lost', async () => {
    await withStack(async (stack, lines) => {
      const store = storeOf(stack);
      await store.put('kept', Buffer.from('yes'));
      const connection = await Connection.connect({ address: stack.info.temporal.address });
      const client = new Client({ connection });
      await client.workflow.start('nobody-runs-this', { taskQueue: 'nobody', workflowId: 'kept' });
      const before = stack.pids();
      for (const pid of Object.values(before)) process.kill(pid ?? 0, 'SIGKILL');
      await until('new processes', () => Object.entries(stack.pids()).every(([name, pid]) => pid !== before[name]));
      await until('the worker is ready again', () => stack.workersAreReady());
      await until('the workflow is there', () =>
        client.workflow
          .getHandle('kept')
          .describe()
          .then(
            ({ status }) => status.name === 'RUNNING',
            () => false,
          ),
      );
      await until('the object is there', () =>
        store.get('kept').then(
          (body) => body.toString() === 'yes',
          () => false,
        ),
      );
      expect(lines.filter((line) => line.includes('was ended by SIGKILL; starting it again'))).toHaveLength(3);
      await connection.close();
      store.close();
    });
  });
});

describe('stopping', () => {
  test('leaves no process and no stack file; the data are there at the next start, with the same credentials', async () => {
    let pids: number[] = [];
    let credentials = {};
    await withStack(async (stack) => {
      pids = Object.values(stack.pids()).filter((pid) => pid !== undefined);
      credentials = stack.info.credentials;
      const store = storeOf(stack);
      await store.put('kept', Buffer.from('yes'));
      store.close();
    });
    expect(pids).toHaveLength(3);
    expect(pids.every(isGone)).toBe(true);
    expect(findRunningStack(dataDir)).toBeNull();
    rmSync(path.join(dataDir, 'ports.json')); // other inner ports must not hide what was stored
    await withStack(async (stack) => {
      expect(stack.info.credentials).toEqual(credentials);
      const store = storeOf(stack);
      expect((await store.get('kept')).toString()).toBe('yes');
      store.close();
    });
  });

  test('happens by itself when the process of the stack is killed, and the folder can be used again', async () => {
    const child = spawn(process.execPath, [path.join(__dirname, 'run-stack.js'), dataDir], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const line = await new Promise<string>((resolve) =>
      child.stdout.once('data', (data: Buffer) => resolve(data.toString())),
    );
    const pids = Object.values(JSON.parse(line) as Record<string, number>);
    expect(findRunningStack(dataDir)?.pid).toBe(child.pid);
    child.kill('SIGKILL');
    await until('its programs end', () => pids.every(isGone));
    expect(findRunningStack(dataDir)).toBeNull();
    await withStack(async (stack) => {
      expect(findRunningStack(dataDir)?.pid).toBe(process.pid);
      expect(Object.values(stack.pids())).not.toContain(undefined);
    });
  });
});

describe('what it refuses', () => {
  async function occupied<T>(use: (port: number) => Promise<T>): Promise<T> {
    const server = net.createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as net.AddressInfo;
    try {
      return await use(port);
    } finally {
      server.close();
    }
  }

  test('a busy port is named, with a flag and a free port, and nothing is left behind', async () => {
    await occupied(async (port) => {
      const options = await stackUnderTest(dataDir, { s3Port: String(port) });
      const start = startDevStack(options);
      await expect(start).rejects.toThrow(
        `Port ${port}, where object storage should listen, is in use by another program.`,
      );
      await expect(start).rejects.toMatchObject({
        remedy: expect.stringMatching(/--s3-port \d+ \(or BYOL_S3_PORT=\d+\)/) as string,
      });
    });
    expect(findRunningStack(dataDir)).toBeNull();
    await withStack(async () => undefined);
  });

  test('a busy default port is replaced where that is allowed, and said; a named one is not', async () => {
    await occupied(async (port) => {
      const options = await stackUnderTest(dataDir);
      const ports = { ...options.ports, ui: { port, named: false } };
      const stack = await startDevStack({ ...options, ports, busyDefault: 'move' });
      await stack.stop();
      expect(stack.info.temporal.uiUrl).not.toContain(`:${port}`);
      expect(options.lines.join('\n')).toContain(`Port ${port} is in use by another program: Temporal's UI listens on`);
      const named = startDevStack({ ...options, ports: { ...ports, ui: { port, named: true } }, busyDefault: 'move' });
      await expect(named).rejects.toThrow(`Port ${port}, where Temporal's UI should listen`);
    });
  });

  test('a port that is none, and credentials that are none', async () => {
    await expect(stackUnderTest(dataDir, { uiPort: '80000' })).rejects.toThrow(
      '--ui-port is "80000", which is not a port',
    );
    writeFileSync(path.join(dataDir, 'credentials.json'), '{"accessKeyId":');
    await expect(startDevStack(await stackUnderTest(dataDir))).rejects.toThrow(
      "does not hold the object storage's credentials",
    );
  });

  test('a worker that cannot start is reported with what it said', async () => {
    const script = path.join(dataDir, 'broken.js');
    writeFileSync(script, 'console.error("no such luck"); process.exit(7);');
    const options = await stackUnderTest(dataDir);
    const start = startDevStack({ ...options, workers: [{ name: 'worker', script }] });
    await expect(start).rejects.toThrow(
      /worker did not start: it ended again and again\. The last it said: .*no such luck/,
    );
    expect(findRunningStack(dataDir)).toBeNull();
  });
});
