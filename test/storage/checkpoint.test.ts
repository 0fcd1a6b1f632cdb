import { readdir } from 'node:fs/promises';
import { sha256 } from '../../storage/integrity';
import { CheckpointSupersededError } from '../../storage/checkpoint';
import { latestCheckpoint } from '../../storage/checkpoint-restore';
import type { ObjectStore } from '../../storage/object-store';
import { run, startRuns, stateOf, type TrainingRun } from './training-run';

jest.setTimeout(120_000);

let runs: Awaited<ReturnType<typeof startRuns>>;
let r: TrainingRun;
beforeAll(async () => {
  runs = await startRuns();
});
afterAll(() => runs.stop());
beforeEach(() => {
  r = runs.begin();
});

async function headPosition(): Promise<number> {
  return (JSON.parse((await r.store.get(r.headKey)).toString()) as { position: { epoch: number } }).position.epoch;
}

describe('a commit', () => {
  test('is restored byte for byte with all that was said about it', async () => {
    expect(await r.restored()).toEqual({ epoch: null, state: null, skipped: [] });
    const first = await r.commit(1);
    const second = await r.commit(2, { parentKey: first.manifestKey });
    expect(second.digest).toBe(sha256(stateOf(2)));
    expect(await latestCheckpoint(r.store, r.of)).toEqual({
      manifestKey: second.manifestKey,
      skipped: [],
      manifest: {
        format: 'durable-byol-checkpoint/1',
        run,
        position: { epoch: 2, step: 20 },
        program: 'program-1',
        blobs: { state: { sha256: second.digest, bytes: stateOf(2).length } },
        metadata: { epoch: 2 },
        parent: first.manifestKey,
        createdAt: expect.any(String) as string,
      },
    });
    expect(await r.restored()).toEqual({ epoch: 2, state: stateOf(2).toString(), skipped: [] });
  });

  test('made again changes nothing', async () => {
    const first = await r.commit(1);
    const before = await r.store.get(first.manifestKey);
    const head = await r.store.get(r.headKey);
    expect(await r.commit(1)).toEqual(first);
    expect((await r.store.get(first.manifestKey)).equals(before)).toBe(true);
    expect((await r.store.get(r.headKey)).equals(head)).toBe(true);
    expect(await r.objects(`experiments/${r.experiment}/`)).toHaveLength(3);
  });

  test('leaves no scratch file behind', async () => {
    await r.commit(1);
    await r.commit(1);
    await r.commit(0).catch(() => undefined);
    expect((await readdir(r.folder)).filter((name) => name.startsWith('state-'))).toEqual([]);
  });
});

describe('HEAD', () => {
  test('never goes back to an older position, whoever asks', async () => {
    await r.commitChain(3);
    await expect(r.commit(2, { variant: ' by a zombie' })).rejects.toBeInstanceOf(CheckpointSupersededError);
    await expect(r.commit(1)).rejects.toThrow(/another attempt has already committed epoch 3, step 30/);
    await expect(r.commit(3, { variant: ' by a zombie' })).rejects.toBeInstanceOf(CheckpointSupersededError);
    expect(await r.restored()).toEqual({ epoch: 3, state: stateOf(3).toString(), skipped: [] });
  });

  test('goes to the furthest of attempts that race, and ends in something that can be restored', async () => {
    const outcomes = await Promise.allSettled(
      [4, 1, 3, 2].map((epoch) => r.commit(epoch, { variant: ` of ${epoch}` })),
    );
    expect(outcomes[0]?.status).toBe('fulfilled');
    expect(await r.restored()).toMatchObject({ epoch: 4, state: stateOf(4, ' of 4').toString(), skipped: [] });
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(CheckpointSupersededError);
    }
  });

  test('belongs to one of two attempts that race for the same position', async () => {
    const attempts = [' by one', ' by another'];
    const outcomes = await Promise.allSettled(attempts.map((variant) => r.commit(1, { variant })));
    const won = outcomes.flatMap((outcome, index) => (outcome.status === 'fulfilled' ? [attempts[index]] : []));
    expect(won).toHaveLength(1);
    expect((await r.restored()).state).toBe(stateOf(1, won[0]).toString());
  });

  test('an attempt stopped by the fence has moved nothing even where it was past its first look', async () => {
    const slow = pausedAtSwap();
    const zombie = r.commit(1, { variant: ' by a zombie', from: slow.store });
    await slow.reached;
    await r.commit(2);
    slow.goOn();
    await expect(zombie).rejects.toBeInstanceOf(CheckpointSupersededError);
    expect(await headPosition()).toBe(2);
  });
});

/** The store, but HEAD's swap waits: an attempt that hangs at the last moment. */
function pausedAtSwap() {
  let goOn = () => {};
  let reach = () => {};
  const gate = new Promise<void>((resolve) => (goOn = resolve));
  const reached = new Promise<void>((resolve) => (reach = resolve));
  const store = Object.create(r.store) as ObjectStore;
  store.replace = async (...of) => {
    reach();
    await gate;
    return r.store.replace(...of);
  };
  return { store, reached, goOn };
}

describe('a kill in the middle of a commit', () => {
  const breaksAt = (method: 'upload' | 'putIfAbsent' | 'replace') => {
    const broken = Object.create(r.store) as ObjectStore;
    return Object.assign(broken, { [method]: () => Promise.reject(new Error('killed')) });
  };
  test.each(['upload', 'putIfAbsent', 'replace'] as const)('before %s loses nothing', async (method) => {
    const [, second] = await r.commitChain(2);
    await expect(r.commit(3, { parentKey: second as string, from: breaksAt(method) })).rejects.toThrow('killed');
    expect(await r.restored()).toEqual({ epoch: 2, state: stateOf(2).toString(), skipped: [] });
    await r.commit(3, { parentKey: second as string });
    expect(await r.restored()).toEqual({ epoch: 3, state: stateOf(3).toString(), skipped: [] });
  });

  test('before the very first HEAD leaves a checkpoint that counts: its manifest exists', async () => {
    await expect(r.commit(1, { from: breaksAt('replace') })).rejects.toThrow('killed');
    expect((await r.restored()).epoch).toBe(1);
  });
});

test('a server killed in the middle of commits leaves the last checkpoint, and the next commit goes on', async () => {
  const chain = await r.commitChain(2);
  const running = r.commit(3, { parentKey: chain[1] as string }).catch((error: unknown) => error);
  await r.server.kill();
  await running;
  await r.server.start();
  expect([2, 3]).toContain((await r.restored()).epoch);
  await r.commit(3, { parentKey: chain[1] as string });
  expect(await r.restored()).toEqual({ epoch: 3, state: stateOf(3).toString(), skipped: [] });
});
