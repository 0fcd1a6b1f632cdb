import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chosenClassifier, createExportModels, type ExportedModels } from '../../../activities/export/export-models';
import { createFetchDataset, type FetchedDataset } from '../../../activities/dataset/fetch-dataset';
import type { ExperimentRef } from '../../../activities/read-spec';
import { openSafetensors } from '../../../activities/formats/safetensors';
import { pytorchLoader } from '../../../activities/export/pytorch-loader';
import type { Arm } from '../../../experiment/comparison';
import { parseExportedModel } from '../../../experiment/exported-model';
import { specDigest } from '../../../experiment/digest';
import type { ComparisonResult } from '../../../report/results';
import { sha256 } from '../../../storage/integrity';
import * as keys from '../../../storage/keys';
import { openObjectStore, type ObjectStore } from '../../../storage/object-store';
import { startObjectStore, type ObjectStoreServer } from '../../servers/object-store';
import { smallSpec } from '../../workflows/run';
import { quietEnvironment } from '../quiet-environment';
import { keepRun } from '../stored-run';

let server: ObjectStoreServer;
let store: ObjectStore & { close(): void };
let scratch: string;
beforeAll(async () => {
  server = await startObjectStore();
  store = openObjectStore(server.settings);
  scratch = await mkdtemp(join(tmpdir(), 'byol-export-'));
}, 60_000);
afterAll(async () => {
  store.close();
  await server.stop();
  await rm(scratch, { recursive: true });
});

describe('exportModels', () => {
  const exported = async (experiment: ExperimentRef, dataset: string) => {
    const made: ExportedModels = await quietEnvironment().run(createExportModels({ store, scratch }), {
      experiment,
      dataset,
    });
    return made.keys.map((key) => key.replace('experiments/exports/models/', ''));
  };
  async function tensorsOf(file: string) {
    const path = join(scratch, file);
    await store.download(keys.model('exports', file), path);
    const weights = await openSafetensors(path);
    const tensors: Record<string, { shape: number[]; values: number[] }> = {};
    for (const [name, entry] of Object.entries(weights.entries)) {
      const bytes = await weights.read(entry);
      const values = Array.from(new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4));
      tensors[name] = { shape: entry.shape, values };
    }
    await weights.close();
    return tensors;
  }

  test("keeps every seed's encoder and one classifier, with torchvision's names and layouts", async () => {
    const spec = smallSpec({ name: 'exports' });
    await store.put(keys.experimentSpec(spec.name), Buffer.from(JSON.stringify(spec)));
    const experiment = { name: spec.name, specDigest: specDigest(spec) };
    const { digest }: FetchedDataset = await quietEnvironment().run(createFetchDataset({ store, scratch }), {
      experiment,
    });
    await keepRun(store, spec, scratch);
    const savedModel = (network: string) =>
      ['assets.extra/model.json', 'saved_model.pb'].map((file) => `savedmodel/${network}/${file}`);
    expect(await exported(experiment, digest)).toEqual([
      'classifier.safetensors',
      'encoder-seed-1.safetensors',
      'encoder-seed-2.safetensors',
      'load.py',
      'model.json',
      ...['classifier', 'encoder-seed-1', 'encoder-seed-2'].flatMap(savedModel),
    ]);
    const encoder = await tensorsOf('encoder-seed-2.safetensors');
    expect(encoder['conv1.weight']?.shape).toEqual([16, 1, 5, 5]);
    expect(encoder['conv1.weight']?.values.slice(0, 26)).toEqual([...Array.from({ length: 25 }, (_, k) => 16 * k), 1]);
    expect(encoder['bn1.weight']).toEqual({ shape: [16], values: Array.from({ length: 16 }, (_, at) => 400 + at) });
    const { 'fc.weight': head, 'fc.bias': bias, ...backbone } = await tensorsOf('classifier.safetensors');
    expect(Object.keys(backbone)).toEqual(Object.keys(encoder));
    const [start = NaN, next = NaN] = head?.values ?? [];
    expect([head?.shape, next - start]).toEqual([[10, 128], 10]);
    expect(bias?.values).toEqual(Array.from({ length: 10 }, (_, at) => start + 1280 + at));
    const model = JSON.parse((await store.get(keys.model('exports', 'model.json'))).toString()) as object;
    expect(model).toMatchObject({
      network: spec.model,
      classes: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
      input: { height: 28, width: 28, channels: 1, mean: [expect.closeTo(0.1307, 3)] },
      classifier: { seed: 1, labels: 100 },
      savedModelProblem: null,
    });
    const { files } = parseExportedModel(JSON.stringify(model));
    expect(files['load.py']?.bytes).toBe(Buffer.from(pytorchLoader).length);
    const kept: typeof files = {};
    for await (const { key } of store.list(keys.model('exports', 'x').slice(0, -1))) {
      const body = await store.get(key);
      kept[key.replace('experiments/exports/models/', '')] = { sha256: sha256(body), bytes: body.length };
    }
    delete kept['model.json'];
    expect(files).toEqual(kept);
  }, 60_000);

  test('gives the arm and the seed that do best on validation, whatever the test split says', () => {
    const of = (seed: number, arm: Arm, validationAccuracy: number, accuracy: number, labelCount = 100) =>
      ({
        seed,
        arm,
        labels: labelCount,
        labelCount,
        chosen: { learningRate: 0.1, epochs: 4 },
        validationAccuracy,
        test: { accuracy },
      }) as unknown as ComparisonResult;
    const comparisons = [
      of(1, 'supervised', 0.9, 0.99),
      of(2, 'supervised', 0.5, 0.99),
      of(1, 'fine-tuned', 0.8, 0.1),
      of(2, 'fine-tuned', 0.85, 0.1),
      of(1, 'supervised', 0.99, 0.99, 50),
    ];
    expect(chosenClassifier(comparisons)).toMatchObject({ seed: 2, arm: 'fine-tuned', labels: 100 });
  });
});
