import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { commitCheckpoint } from '../../storage/checkpoint';
import { pruneCheckpoints } from '../../storage/checkpoint-prune';
import { latestCheckpoint } from '../../storage/checkpoint-restore';
import * as keys from '../../storage/keys';
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

describe('pruning', () => {
  test('keeps the last two and those asked for, and what they need', async () => {
    const chain = await r.commitChain(5);
    const removed = await pruneCheckpoints(r.store, { ...r.of, keep: 2, protect: [chain[0] as string] });
    expect(removed.sort()).toEqual([chain[1], chain[2]]);
    expect(await r.objects(keys.checkpointManifests(r.experiment, run))).toEqual([chain[0], chain[3], chain[4]]);
    const states = [1, 4, 5].map((epoch) => r.blobKey(stateOf(epoch))).sort();
    expect(await r.objects(`experiments/${r.experiment}/runs/${run}/blobs/`)).toEqual(states);
    await r.store.put(r.blobKey(stateOf(5)), Buffer.alloc(0));
    expect((await r.restored()).epoch).toBe(4);
  });

  test('leaves a commit that is under way alone', async () => {
    await r.commitChain(4);
    const halfway = Object.assign(Object.create(r.store) as ObjectStore, {
      replace: () => Promise.reject(new Error('killed')),
    });
    await expect(r.commit(5, { from: halfway })).rejects.toThrow('killed');
    const before = await r.objects(keys.checkpointManifests(r.experiment, run));
    expect(await pruneCheckpoints(r.store, { ...r.of, keep: 2 })).toEqual(before.slice(0, 2).reverse());
    expect(await r.objects(keys.checkpointManifests(r.experiment, run))).toEqual(before.slice(2));
    await r.commit(5);
    expect((await r.restored()).epoch).toBe(5);
  });

  test('does not count a damaged checkpoint as kept', async () => {
    await r.commitChain(4);
    await r.store.put(r.blobKey(stateOf(4)), Buffer.alloc(0));
    await pruneCheckpoints(r.store, { ...r.of, keep: 2 });
    await r.store.put(r.blobKey(stateOf(3)), Buffer.alloc(0));
    expect((await r.restored()).epoch).toBe(2);
  });

  test('keeps a state that another checkpoint shares, and touches no other run', async () => {
    await r.commitChain(3);
    const stateFile = join(r.folder, 'shared');
    await writeFile(stateFile, stateOf(1));
    const made = { experiment: r.experiment, program: 'p', stateFile, metadata: {}, parentKey: null };
    await commitCheckpoint(r.store, { ...made, run, position: { epoch: 4, step: 40 } });
    await commitCheckpoint(r.store, { ...made, run: 'seed-2/pretraining', position: { epoch: 1, step: 10 } });
    await pruneCheckpoints(r.store, { ...r.of, keep: 2 });
    expect(await r.restored()).toMatchObject({ epoch: 4, state: stateOf(1).toString() });
    const other = await latestCheckpoint(r.store, { experiment: r.experiment, run: 'seed-2/pretraining' });
    expect(other?.manifest.position.epoch).toBe(1);
  });

  test('of fewer than two is refused', async () => {
    await expect(pruneCheckpoints(r.store, { ...r.of, keep: 1 })).rejects.toThrow(/at least 2/);
  });
});
