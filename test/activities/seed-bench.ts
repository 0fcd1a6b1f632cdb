import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEvaluate } from '../../activities/classifier/evaluate';
import { createTrainClassifierEpochs } from '../../activities/classifier/train-classifier-epochs';
import { createFetchDataset, type FetchedDataset } from '../../activities/dataset/fetch-dataset';
import type { ExperimentRef } from '../../activities/read-spec';
import { specDigest } from '../../experiment/digest';
import { parseSpec, type ExperimentSpec } from '../../experiment/resolve';
import type { Setting } from '../../experiment/search-grid';
import * as keys from '../../storage/keys';
import { openObjectStore, type ObjectStore } from '../../storage/object-store';
import { writeSeed } from '../datasets/images/seed';
import { startObjectStore, type ObjectStoreServer } from '../servers/object-store';
import { quietEnvironment } from './quiet-environment';
import { RecordingTrainer } from './recording-trainer';

/** Images of three colours in a real store, and the real engine to train on them. */
export class SeedBench {
  /** Digest of the images' manifest. */
  dataset = '';

  private constructor(
    private readonly server: ObjectStoreServer,
    readonly store: ObjectStore & { close(): void },
    readonly folder: string,
    readonly trainer: RecordingTrainer,
  ) {}

  /** @param dataset settings beside the source */
  static async open(dataset: object): Promise<SeedBench> {
    const server = await startObjectStore();
    const folder = await mkdtemp(join(tmpdir(), 'byol-seed-'));
    const bench = new SeedBench(server, openObjectStore(server.settings), folder, new RecordingTrainer(folder));
    await writeSeed(bench.source);
    const pretraining = { epochs: 1, batch: 8, optimizer: { name: 'adam' }, learningRate: 0.003 };
    const classifier = { epochs: 1, batch: 4, optimizer: { name: 'adam' }, learningRates: [0.01] };
    const spec = {
      name: 'fetched',
      model: { backbone: 'resnet-mini', stem: '5x5', width: 4 },
      pretraining,
      classifier,
    };
    const experiment = await bench.record(
      parseSpec({ ...spec, dataset: { kind: 'images', source: bench.source, ...dataset } }),
    );
    const fetch = createFetchDataset({ store: bench.store, scratch: folder });
    const fetched: FetchedDataset = await bench.run(fetch, { experiment });
    bench.dataset = fetched.digest;
    return bench;
  }

  async close(): Promise<void> {
    await this.trainer.stop();
    this.store.close();
    await this.server.stop();
    await rm(this.folder, { recursive: true });
  }

  /** The folder of the images. */
  get source(): string {
    return join(this.folder, 'seed');
  }

  get dependencies() {
    const { store, folder: cache, trainer } = this;
    return { store, cache, worker: 'w', device: 'cpu' as const, devices: 1, trainer };
  }

  run<I, O>(activity: (input: I) => Promise<O>, input: I): Promise<O> {
    return quietEnvironment().run(activity, input);
  }

  async record(spec: ExperimentSpec): Promise<ExperimentRef> {
    await this.store.put(keys.experimentSpec(spec.name), Buffer.from(JSON.stringify(spec)));
    return { name: spec.name, specDigest: specDigest(spec) };
  }

  /** Trains and evaluates what comes after seed 1's pretraining: every arm, on all labels, with one setting. */
  async classify(spec: ExperimentSpec, setting: Setting): Promise<void> {
    const experiment = await this.record(spec);
    for (const arm of spec.arms) {
      const of = { experiment, dataset: this.dataset, seed: 1, arm, labels: 'all' as const };
      const input = { ...of, ...setting, throughEpoch: setting.epochs };
      const { validation } = await this.run(createTrainClassifierEpochs(this.dependencies), input);
      const point = { ...setting, validationAccuracy: validation.accuracy, validationLoss: validation.loss };
      await this.run(createEvaluate(this.dependencies), { ...of, chosen: point, search: [point] });
    }
  }
}
