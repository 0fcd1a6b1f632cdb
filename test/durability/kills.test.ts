import { setTimeout as sleep } from 'node:timers/promises';
import * as keys from '../../storage/keys';
import { finalDigest, small, startBench, trainerOf, untilEpoch, type Bench } from './experiments';

const pretraining = 'seed-1/pretraining';
const classifiers = ['supervised', 'fine-tuned'].map((arm) => `seed-1/${arm}/labels-20/lr-0.001-epochs-4`);
const minutes = 60_000;

let bench: Bench;
beforeAll(async () => (bench = await startBench()), 3 * minutes);
afterAll(() => bench.stop(), minutes);

const pidOf = (name: string): number => {
  const pid = bench.stack.pids()[name];
  if (!pid) throw new Error(`${name} does not run`);
  return pid;
};

describe('kill -9 in the middle of an epoch', () => {
  it(
    'of the trainer, its worker and the Temporal server leaves the bits of an unbroken run',
    async () => {
      const unbroken = await bench.byol('start', 'mnist-quickstart', 'name=unbroken', ...small);
      expect(unbroken).toMatchObject({ code: 0 });

      const started = await bench.byol('start', 'mnist-quickstart', 'name=broken', ...small, '--no-wait');
      expect(started).toMatchObject({ code: 0 });
      const { store } = bench;
      await untilEpoch(store, 'broken', pretraining, 1);
      await sleep(300);
      process.kill(trainerOf(pidOf('worker-gpu')), 'SIGKILL');
      await untilEpoch(store, 'broken', pretraining, 2);
      await sleep(300);
      process.kill(pidOf('worker-gpu'), 'SIGKILL');
      await untilEpoch(store, 'broken', pretraining, 3);
      process.kill(pidOf('temporal'), 'SIGKILL');

      const ended = await untilSettled('broken');
      expect(ended).toMatchObject({ status: 'completed' });
      for (const run of [pretraining, ...classifiers]) {
        const [killed, whole] = [await finalDigest(store, 'broken', run), await finalDigest(store, 'unbroken', run)];
        process.stdout.write(`${run}: ${killed.slice(0, 16)} after kills, ${whole.slice(0, 16)} unbroken\n`);
        expect(`${run} ${killed}`).toBe(`${run} ${whole}`);
      }
    },
    10 * minutes,
  );
});

describe('two workers on one queue', () => {
  it(
    'share an experiment, and leave the same bits',
    async () => {
      const second = bench.startWorker('gpu', 'second');
      await bench.byol('start', 'mnist-quickstart', 'name=shared', ...small, 'seeds=[1,2]');
      second.kill('SIGTERM');
      const report = JSON.parse((await bench.store.get(keys.report('shared', 'report.json'))).toString()) as Results;
      expect(report.results.provenance.workers).toContain('second');
      expect(report.results.provenance.workers).toHaveLength(2);
      for (const run of [pretraining, ...classifiers])
        expect(`${run} ${await finalDigest(bench.store, 'shared', run)}`).toBe(
          `${run} ${await finalDigest(bench.store, 'unbroken', run)}`,
        );
    },
    10 * minutes,
  );
});

interface Results {
  results: { provenance: { workers: string[] } };
}

describe('a bucket that vanished', () => {
  it(
    'fails the run for good, and byol resume goes on from where storage says it was',
    async () => {
      const { store } = bench;
      await bench.byol('start', 'mnist-quickstart', 'name=lost', ...small, '--no-wait');
      await untilEpoch(store, 'lost', pretraining, 1);
      const moved = await moveAway('experiments/lost/');
      const failed = await untilSettled('lost');
      expect(failed).toMatchObject({ status: 'failed' });
      for (const { key, body } of moved) await store.put(key, body);

      const resumed = await bench.byol('resume', 'lost');
      expect(resumed).toMatchObject({ code: 0 });
      for (const run of [pretraining, ...classifiers])
        expect(`${run} ${await finalDigest(store, 'lost', run)}`).toBe(
          `${run} ${await finalDigest(store, 'unbroken', run)}`,
        );
    },
    10 * minutes,
  );
});

describe('a final state that was damaged in the bucket', () => {
  it(
    'is not taken for done, but trained again, to the same bits',
    async () => {
      const { store } = bench;
      await bench.byol('start', 'mnist-quickstart', 'name=damaged', ...small, '--no-wait');
      await untilEpoch(store, 'damaged', pretraining, 4);
      const state = keys.checkpointBlob('damaged', pretraining, await finalDigest(store, 'damaged', pretraining));
      const moved = await moveAway('experiments/damaged/');
      expect(await untilSettled('damaged')).toMatchObject({ status: 'failed' });
      for (const { key, body } of moved) await store.put(key, key === state ? flipped(body) : body);

      expect(await bench.byol('resume', 'damaged')).toMatchObject({ code: 0 });
      for (const run of [pretraining, ...classifiers])
        expect(`${run} ${await finalDigest(store, 'damaged', run)}`).toBe(
          `${run} ${await finalDigest(store, 'unbroken', run)}`,
        );
    },
    10 * minutes,
  );
});

/** The same bytes but one. */
function flipped(body: Buffer): Buffer {
  const copy = Buffer.from(body);
  copy[copy.length >> 1]! ^= 1;
  return copy;
}

/** Takes every object below a prefix out of the bucket; the run under way may delete old checkpoints meanwhile. */
async function moveAway(prefix: string): Promise<{ key: string; body: Buffer }[]> {
  const moved: { key: string; body: Buffer }[] = [];
  for await (const { key } of bench.store.list(prefix)) {
    const found = await bench.store.getIfPresent(key);
    if (found) moved.push({ key, body: found.body });
  }
  for (const { key } of moved) await bench.store.delete(key);
  return moved;
}

/** What `byol status` says once the experiment runs no more; the server may be away for a while. */
async function untilSettled(name: string): Promise<{ status: string }> {
  for (;;) {
    const { code, stdout } = await bench.byol('status', name, '--json');
    const said = code === 0 || code === 1 ? (JSON.parse(stdout) as { status?: string }) : {};
    if (said.status && said.status !== 'running') return { status: said.status };
    await sleep(1000);
  }
}
