import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createImportWeights, type ImportedWeights } from '../../../activities/weights/import-weights';
import { createPretrainEpochs } from '../../../activities/pretraining/pretrain-epochs';
import { openSafetensors } from '../../../activities/formats/safetensors';
import { createTrainClassifierEpochs } from '../../../activities/classifier/train-classifier-epochs';
import { Trainer } from '../../../activities/trainer';
import type { Arm } from '../../../experiment/comparison';
import { specDigest } from '../../../experiment/digest';
import { parseSpec } from '../../../experiment/resolve';
import { setupPaths } from '../../../infra/setup-paths';
import { latestCheckpoint } from '../../../storage/checkpoint-restore';
import * as keys from '../../../storage/keys';
import { openObjectStore, type ObjectStore } from '../../../storage/object-store';
import { startObjectStore, type ObjectStoreServer } from '../../servers/object-store';
import { quietEnvironment } from '../quiet-environment';
import { barImages, keepDataset } from '../stored-dataset';

/** So small that no weight changes: what a run ends with is what it started from. */
const still = 1e-30;

/** A real store and engine, and experiments on a few images whose network is that of fixtures/weights/resnet-mini.pt. */
export class GivenWeightsBench {
  private constructor(
    private readonly server: ObjectStoreServer,
    readonly store: ObjectStore & { close(): void },
    readonly folder: string,
    private readonly trainer: Trainer,
    private readonly dataset: string,
  ) {}

  static async start(): Promise<GivenWeightsBench> {
    const server = await startObjectStore();
    const store = openObjectStore(server.settings);
    const folder = await mkdtemp(join(tmpdir(), 'byol-given-'));
    const { tensorflowBinding: binding, libraryPath } = setupPaths();
    const trainer = new Trainer({ engine: { binding, libraryPath }, cache: folder, device: 'cpu', threads: 1 });
    const splits = { train: barImages(36, 3, 1), test: barImages(30, 3, 2) };
    return new GivenWeightsBench(server, store, folder, trainer, await keepDataset(store, ['a', 'b', 'c'], splits));
  }

  async stop(): Promise<void> {
    await this.trainer.stop();
    this.store.close();
    await this.server.stop();
    await rm(this.folder, { recursive: true });
  }

  /** An experiment with these weights (none: random ones); its rates change nothing. */
  async experiment(name: string, model: { weights?: string; weightsSha256?: string; width?: number }) {
    const spec = parseSpec({
      name,
      dataset: { kind: 'mnist-idx', unlabelled: 'all', validation: 12 },
      model: { backbone: 'resnet-mini', stem: '5x5', width: 4, ...model },
      labels: [12],
      seeds: [1],
      pretraining: {
        ...{ epochs: 1, batch: 8, optimizer: { name: 'adam' }, learningRate: still },
        ...{ projector: { hidden: 8, output: 8 }, predictor: { hidden: 8 }, monitor: { onCollapse: 'continue' } },
      },
      classifier: { epochs: 1, batch: 6, optimizer: { name: 'adam' }, learningRates: [still] },
    });
    const { store, folder: cache, trainer, dataset } = this;
    await store.put(keys.experimentSpec(name), Buffer.from(JSON.stringify(spec)));
    const input = { experiment: { name, specDigest: specDigest(spec) }, dataset };
    const dependencies = { store, cache, worker: 'test', device: 'cpu' as const, devices: 1, trainer };
    const setting = { learningRate: still, epochs: 1 };
    const comparison = (arm: Arm) => ({ seed: 1, arm, labels: 12 });
    return {
      spec,
      import: (): Promise<ImportedWeights> =>
        quietEnvironment().run(createImportWeights({ store, scratch: cache }), input),
      pretrain: () =>
        quietEnvironment().run(createPretrainEpochs(dependencies), { ...input, seed: 1, throughEpoch: 1 }),
      train: (arm: Arm) =>
        quietEnvironment().run(createTrainClassifierEpochs(dependencies), {
          ...input,
          ...comparison(arm),
          ...setting,
          throughEpoch: 1,
        }),
      /** Tensors of the last checkpoint of pretraining, or of an arm. */
      tensors: async (of: 'pretraining' | Arm) => {
        const run =
          of === 'pretraining' ? keys.pretrainingRun(1) : keys.classifierRun({ ...comparison(of), ...setting });
        const found = await latestCheckpoint(store, { experiment: name, run });
        return this.tensors(keys.checkpointBlob(name, run, found!.manifest.blobs.state.sha256));
      },
    };
  }

  /** Values of the tensors of a safetensors object. */
  async tensors(key: string): Promise<Record<string, number[]>> {
    const path = join(this.folder, 'tensors');
    await this.store.download(key, path);
    const file = await openSafetensors(path);
    const values: Record<string, number[]> = {};
    for (const [name, entry] of Object.entries(file.entries)) {
      const bytes = await file.read(entry);
      values[name] = Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readFloatLE(4 * at));
    }
    await file.close();
    return values;
  }
}
