import { keptOf, standingLine, standings } from '../../cli/standing';
import { latestCheckpoint } from '../../storage/checkpoint-restore';
import { classifierRun, comparisonRun, pretrainingRun, result } from '../../storage/keys';
import { openObjectStore, type ObjectStore } from '../../storage/object-store';
import { startObjectStore, type ObjectStoreServer } from '../servers/object-store';
import { smallSpec } from '../workflows/run';
import { keepCheckpoint } from './kept-checkpoint';

let server: ObjectStoreServer;
let store: ObjectStore & { close(): void };
beforeAll(async () => {
  server = await startObjectStore();
  store = openObjectStore(server.settings);
});
afterAll(async () => {
  store?.close();
  await server?.stop();
});

/** Two learning rates of 4 epochs each, and 3 epochs of pretraining. */
const spec = smallSpec({ name: 'standing', seeds: [1], labels: [50], arms: ['supervised', 'fine-tuned'] });
const of = { seed: 1, arm: 'supervised' as const, labels: 50 };

const commit = (run: string, epoch: number) => keepCheckpoint(store, { experiment: spec.name, run }, epoch);
const lines = async () => (await standings(store, spec)).map(standingLine);

test('a stage is complete when its result and all its checkpoints are there, and goes on from what is', async () => {
  expect(await lines()).toEqual([
    'pretraining, seed 1: from the start',
    'supervised, seed 1, 50 labels: from the start',
    'fine-tuned, seed 1, 50 labels: from the start',
  ]);
  const [first, second] = spec.classifier.learningRates as [number, number];
  await commit(pretrainingRun(1), 3);
  await commit(classifierRun({ ...of, learningRate: first, epochs: 4 }), 4);
  expect((await lines()).slice(0, 2)).toEqual([
    'pretraining, seed 1: complete',
    'supervised, seed 1, 50 labels: 4 of 8 epochs are done',
  ]);
  // A result without the classifiers that it is of: resume --again trains what was lost.
  await store.put(result(spec.name, comparisonRun(of)), Buffer.from('{}'));
  expect((await lines())[1]).toBe('supervised, seed 1, 50 labels: 4 of 8 epochs are done');
  await commit(classifierRun({ ...of, learningRate: second, epochs: 4 }), 4);
  expect((await lines())[1]).toBe('supervised, seed 1, 50 labels: complete');
  expect((await standings(store, spec)).map(keptOf)).toEqual([
    { stage: 'pretraining', seed: 1, done: 3, complete: true },
    { stage: 'supervised', seed: 1, labels: 50, done: 8, complete: true },
    { stage: 'fine-tuned', seed: 1, labels: 50, done: 0, complete: false },
  ]);
});

test('a run of which no checkpoint can be used starts again, and it is said why', async () => {
  const lost = smallSpec({ name: 'standing-lost', seeds: [1], labels: [50], arms: ['supervised', 'fine-tuned'] });
  await keepCheckpoint(store, { experiment: lost.name, run: pretrainingRun(1) }, 3);
  const manifest = (await latestCheckpoint(store, { experiment: lost.name, run: pretrainingRun(1) }))!.manifestKey;
  await store.put(manifest, Buffer.from('{'));
  const [pretraining] = await standings(store, lost);
  expect(standingLine(pretraining!)).toBe('pretraining, seed 1: from the start');
  expect(pretraining!.skipped).toEqual([`${manifest}: the manifest is damaged (1 bytes)`]);
});
