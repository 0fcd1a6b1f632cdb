import { execFile } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Context } from '@temporalio/activity';
import { startLossyProxy } from '../../servers/lossy-proxy';
import { fakeActivities, type Call } from '../../workflows/fake-activities';
import { withWorkers } from '../../workflows/run';
import { byol } from '../byol';
import { useServers } from '../servers';

/** The live page in a terminal of its own, and how Ctrl-C leaves it; the experiment is held in its pretraining. */
const on = useServers();

interface Shown {
  before: string;
  end: string;
  raw: string;
  cooked: boolean;
  took: number;
  code: number;
}

/** Runs `byol ARGS` in a terminal of 140 x 30; once the page shows how fast it trains, and after `then`, a key is pressed. */
async function inTerminal(args: string[], key: string, address: string, then?: () => Promise<void>): Promise<Shown> {
  const root = join(__dirname, '..', '..', '..', '..');
  const [ready, shown] = ['ready', 'shown'].map((file) =>
    join(on.environment['HOME']!, `${file}-${args.join('-')}`),
  ) as [string, string];
  const command = [process.execPath, join(root, 'dist', 'cli', 'main.js'), ...args];
  const script = join(root, 'test', 'cli', 'terminal.py');
  const own = { ...on.environment, TEMPORAL_ADDRESS: address, TERM: 'xterm', TERMINAL_READY: ready };
  const says = { TERMINAL_SAYS: '1,620 images/s', TERMINAL_SHOWN: shown };
  const ended = promisify(execFile)('python3', [script, '140', '30', '90', key, ...command], {
    env: { ...own, ...says },
    timeout: 100_000, // a page that no key leaves
  });
  let over = false;
  void ended.catch(() => undefined).finally(() => (over = true));
  while (!existsSync(shown) && !over) await setTimeout(50);
  await then?.();
  writeFileSync(ready, '');
  return JSON.parse((await ended).stdout) as Shown;
}

/** Runs `body` beside an experiment `name` that is in the middle of its pretraining. */
async function beside(name: string, body: () => Promise<void>): Promise<void> {
  let letGo = () => {};
  const held = new Promise<void>((resolve) => (letGo = resolve));
  const hold = async ({ activity }: Call) => {
    if (activity !== 'pretrainEpochs') return;
    const pulse = { stage: 'pretraining', epoch: 1, step: 5, steps: 10, loss: 1.25, imagesPerSecond: 1620 };
    const beat = setInterval((context: Context) => context.heartbeat(pulse), 200, Context.current());
    await held.finally(() => clearInterval(beat));
  };
  await withWorkers(on.temporal, fakeActivities(hold).activities, async () => {
    const small = ['labels=[50]', 'seeds=[1]', 'pretraining.epochs=2', 'classifier.epochs=2'];
    await byol(['start', 'mnist-quickstart', `name=${name}`, ...small, '--no-wait'], on.environment);
    try {
      await body();
      expect((await on.temporal.client.workflow.getHandle(name).describe()).status.name).toBe('RUNNING');
    } finally {
      letGo();
      await on.temporal.client.workflow.getHandle(name).result();
    }
  });
}

/** The page was there, and the terminal is as it was before, with how to come back. */
function expectLeft({ before, end, raw, cooked, code }: Shown, name: string): void {
  expect(before).toMatch(new RegExp(`^${name} running`));
  expect(before).toContain('1,620 images/s');
  expect(end).toContain(
    `"${name}" goes on without this command. To see it again: byol watch ${name}. To stop it: byol cancel ${name}.`,
  );
  const last = (on: string, off: string) => raw.lastIndexOf(`\u001b[?${off}`) > raw.lastIndexOf(`\u001b[?${on}`);
  expect([last('1049h', '1049l'), last('25l', '25h'), last('7l', '7h')]).toEqual([true, true, true]);
  expect(cooked).toBe(true);
  expect(code).toBe(130);
}

test.each([
  ['once', '\u0003'],
  ['twice at once', '\u0003\u0003'],
])('Ctrl-C %s leaves the page, and the experiment goes on', async (words, key) => {
  const name = words.replaceAll(' ', '-');
  await beside(name, async () => {
    expectLeft(await inTerminal(['watch', name], key, on.temporal.address), name);
  });
});

test('beside a server that hangs, Ctrl-C is not kept waiting for it', async () => {
  const proxy = await startLossyProxy(`http://${on.temporal.address}`);
  const address = new URL(proxy.endpoint).host;
  await beside('hanging', async () => {
    const shown = await inTerminal(['watch', 'hanging'], '\u0003', address, async () => {
      proxy.holdAnswers();
      await setTimeout(2000); // the page asks every second
    });
    expectLeft(shown, 'hanging');
    expect(shown.raw).not.toContain('does not answer');
  });
  await proxy.close();
});
