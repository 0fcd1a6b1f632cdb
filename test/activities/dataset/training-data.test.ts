import { readTrainingData } from '../../../activities/dataset/training-data';
import type { TrainingDependencies } from '../../../activities/training-dependencies';
import { specDigest } from '../../../experiment/digest';
import { parseSpec } from '../../../experiment/resolve';
import * as keys from '../../../storage/keys';
import { ObjectMissingError } from '../../../storage/errors';
import type { ObjectStore } from '../../../storage/object-store';
import { smallSpec } from '../../workflows/run';
import { barImages, keepDataset } from '../stored-dataset';

/** Objects in memory, and which of them were read. */
function memoryStore() {
  const objects = new Map<string, Buffer>();
  const read: string[] = [];
  const store = {
    location: 'memory',
    put: (key: string, body: Buffer) => Promise.resolve(void objects.set(key, body)),
    get: (key: string) => {
      read.push(key);
      const found = objects.get(key);
      return found ? Promise.resolve(found) : Promise.reject(new ObjectMissingError(`no ${key}`));
    },
    getIfPresent: (key: string) => Promise.resolve(objects.has(key) ? { body: objects.get(key) } : null),
  } as unknown as ObjectStore;
  return { store, objects, read };
}

const spec = parseSpec(
  smallSpec({ name: 'drawn', labels: [12], dataset: { kind: 'mnist-idx', unlabelled: 'all', validation: 12 } }),
);
const experiment = { name: spec.name, specDigest: specDigest(spec) };

async function stored() {
  const { store, objects, read } = memoryStore();
  await store.put(keys.experimentSpec(spec.name), Buffer.from(JSON.stringify(spec)));
  const splits = { train: barImages(36, 3, 1), test: barImages(30, 3, 2) };
  const dataset = await keepDataset(store, ['oak', 'elm', 'ash'], splits);
  const dependencies = { store, device: 'cpu' } as TrainingDependencies;
  const of = (seed: number, from = dataset, ref = experiment) =>
    readTrainingData(dependencies, { experiment: ref, dataset: from, seed });
  return { of, store, objects, read, dataset };
}

test('what a seed draws is drawn once, and another seed draws its own', async () => {
  const { of, read } = await stored();
  const [first, again, other] = [await of(1), await of(1), await of(2)];
  expect(again.splits).toBe(first.splits);
  expect([...other.splits.labelled(12)]).not.toEqual([...first.splits.labelled(12)]);
  expect(read.filter((key) => key === keys.experimentSpec(spec.name))).toHaveLength(3);
});

test('another data set, or another request of the same, draws its own', async () => {
  const { of, store } = await stored();
  const { splits } = await of(1);
  const other = await keepDataset(store, ['oak', 'elm', 'ash'], {
    train: barImages(48, 3, 3),
    test: barImages(30, 3, 2),
  });
  expect((await of(1, other)).labels).toHaveLength(48);
  const smaller = parseSpec({ ...spec, name: 'smaller', dataset: { ...spec.dataset, validation: 6 } });
  await store.put(keys.experimentSpec('smaller'), Buffer.from(JSON.stringify(smaller)));
  const drawn = await of(1, undefined, { name: 'smaller', specDigest: specDigest(smaller) });
  expect([splits.validation.length, drawn.splits.validation.length]).toEqual([12, 6]);
});

test('a failure is not remembered', async () => {
  const { of, objects, dataset } = await stored();
  const manifest = objects.get(keys.datasetManifest(dataset)) as Buffer;
  objects.delete(keys.datasetManifest(dataset));
  await expect(of(1)).rejects.toThrow();
  objects.set(keys.datasetManifest(dataset), manifest);
  expect((await of(1)).splits.labelled(12)).toHaveLength(12);
});

test('no more than some seeds are kept', async () => {
  const { of } = await stored();
  const first = await of(1);
  for (let seed = 2; seed <= 17; seed++) await of(seed);
  expect((await of(1)).splits).not.toBe(first.splits);
});
