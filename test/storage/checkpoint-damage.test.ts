import { sha256 } from '../../storage/integrity';
import { CheckpointSupersededError } from '../../storage/checkpoint';
import { startRuns, stateOf, type TrainingRun } from './training-run';

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

describe('a damaged checkpoint', () => {
  const damages: [string, (state: Buffer, manifestKey: string) => Promise<unknown>, RegExp][] = [
    [
      'state cut to half',
      (s) => r.store.put(r.blobKey(s), s.subarray(0, s.length / 2)),
      /state should have \d+ bytes and has/,
    ],
    ['state of 0 bytes', (s) => r.store.put(r.blobKey(s), Buffer.alloc(0)), /state should have \d+ bytes and has 0/],
    ['one flipped bit', (s) => r.store.put(r.blobKey(s), flipped(s)), /its SHA-256 should be/],
    ['state gone', (s) => r.store.delete(r.blobKey(s)), /its state is gone/],
    ['manifest cut to half', async (_s, key) => r.store.put(key, half(await r.store.get(key))), /manifest is damaged/],
    ['manifest of 0 bytes', (_s, key) => r.store.put(key, Buffer.alloc(0)), /manifest is damaged \(0 bytes\)/],
    ['manifest gone', (_s, key) => r.store.delete(key), /manifest is gone/],
    [
      'HEAD cut to half',
      async () => r.store.put(r.headKey, half(await r.store.get(r.headKey))),
      /HEAD\.json: is not a whole/,
    ],
    [
      'HEAD to another run',
      (_s, key) => r.store.put(r.headKey, headTo(key.replace('seed-1', 'seed-2'))),
      /no checkpoint of/,
    ],
  ];
  test.each(damages)('%s: the newest one that is whole is used, and it says so', async (name, damage, sentence) => {
    const chain = await r.commitChain(3);
    await damage(stateOf(3), chain[2] as string);
    // A damaged HEAD file costs nothing: the folder still lists the newest checkpoint.
    const epoch = name.startsWith('HEAD') ? 3 : 2;
    const found = await r.restored();
    expect(found).toMatchObject({ epoch, state: stateOf(epoch).toString() });
    expect(found.skipped.join('\n')).toMatch(sentence);
    expect(await r.restored()).toEqual(found);
  });

  test.each(damages)('%s: training goes on, and the same commit mends it', async (_name, damage) => {
    const chain = await r.commitChain(3);
    await damage(stateOf(3), chain[2] as string);
    await r.commit(3, { parentKey: chain[1] as string });
    expect(await r.restored()).toEqual({ epoch: 3, state: stateOf(3).toString(), skipped: [] });
  });

  test.each(damages)('%s: another machine, with other bits, can go on too', async (name, damage) => {
    const chain = await r.commitChain(3);
    await damage(stateOf(3), chain[2] as string);
    const again = r.commit(3, { parentKey: chain[1] as string, variant: ' on another machine' });
    if (name.startsWith('HEAD')) await expect(again).rejects.toBeInstanceOf(CheckpointSupersededError);
    else {
      await again;
      expect(await r.restored()).toMatchObject({ epoch: 3, state: stateOf(3, ' on another machine').toString() });
    }
  });

  test('the last two damaged: the third is used, and goes on from there although HEAD was further', async () => {
    const chain = await r.commitChain(4);
    await r.store.put(r.blobKey(stateOf(4)), Buffer.alloc(0));
    await r.store.put(r.blobKey(stateOf(3)), flipped(stateOf(3)));
    expect((await r.restored()).epoch).toBe(2);
    await expect(r.commit(1, { variant: ' by a zombie' })).rejects.toBeInstanceOf(CheckpointSupersededError);
    await r.commit(3, { parentKey: chain[1] as string, variant: ' anew' });
    expect(await r.restored()).toMatchObject({ epoch: 3, state: stateOf(3, ' anew').toString() });
  });

  test('all damaged: starts from zero, and says loudly why', async () => {
    await r.commitChain(2);
    for (const epoch of [1, 2]) await r.store.put(r.blobKey(stateOf(epoch)), Buffer.alloc(3));
    const found = await r.restored();
    expect(found.epoch).toBeNull();
    expect(found.skipped).toHaveLength(2);
    await r.commit(1, { variant: ' from zero' });
    expect((await r.restored()).epoch).toBe(1);
  });
});

const half = (bytes: Buffer) => bytes.subarray(0, bytes.length / 2);
const headTo = (manifestKey: string) =>
  Buffer.from(
    JSON.stringify({
      format: 'durable-byol-head/1',
      manifestKey,
      position: { epoch: 3, step: 30 },
      digest: sha256(''),
    }),
  );
function flipped(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy[copy.length >> 1] = (copy[copy.length >> 1] as number) ^ 1;
  return copy;
}
