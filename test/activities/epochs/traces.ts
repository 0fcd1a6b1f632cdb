import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFetchDataset, type FetchedDataset } from '../../../activities/dataset/fetch-dataset';
import { createPretrainEpochs } from '../../../activities/pretraining/pretrain-epochs';
import { loadManifest, readLabels } from '../../../datasets/read';
import { drawSplits } from '../../../datasets/splits';
import { specDigest } from '../../../experiment/digest';
import { parseSpec, type ExperimentSpec } from '../../../experiment/resolve';
import * as keys from '../../../storage/keys';
import { openObjectStore, type ObjectStore } from '../../../storage/object-store';
import { startObjectStore, type ObjectStoreServer } from '../../servers/object-store';
import { quietEnvironment } from '../quiet-environment';
import { RecordingTrainer } from '../recording-trainer';

const base = {
  dataset: { kind: 'mnist-idx', unlabelled: 70, validation: 40 },
  model: { backbone: 'resnet-mini', stem: '5x5', width: 4 },
  labels: [20],
  seeds: [1, 2],
};
const pretraining = {
  epochs: 3,
  batch: 8,
  optimizer: { name: 'sgd' },
  learningRate: 0.01,
  schedule: { warmup: 0.2, decay: 'cosine' },
  tau: { base: 0.9, schedule: 'cosine' },
  projector: { hidden: 8, output: 4 },
  predictor: { hidden: 8 },
};
const classifier = {
  epochs: 3,
  batch: 8,
  optimizer: { name: 'sgd' },
  learningRates: [0.01],
  schedule: { decay: 'cosine' },
  augment: [{ op: 'horizontal-flip' }],
};
/** A small experiment. @param changes of pretraining, @param more of the classifier */
export const spec = (name: string, changes: object = {}, more: object = {}): ExperimentSpec =>
  parseSpec({ name, ...base, classifier: { ...classifier, ...more }, pretraining: { ...pretraining, ...changes } });

/**
 * What the training activities feed to the programs, from the real engine's calls: rates, tau, the names of the random
 * draws, which images and labels. The programs themselves are compared with PyTorch elsewhere.
 */
export class Traces {
  readonly store: ObjectStore & { close(): void };
  trainer: RecordingTrainer;
  dataset = '';

  private constructor(
    private readonly server: ObjectStoreServer,
    private readonly cache: string,
  ) {
    this.store = openObjectStore(server.settings);
    this.trainer = new RecordingTrainer(cache);
  }

  /** Servers and the dataset for the tests of a file. */
  static use(): { readonly of: Traces } {
    const kept: { of?: Traces } = {};
    beforeAll(async () => {
      kept.of = new Traces(await startObjectStore(), await mkdtemp(join(tmpdir(), 'byol-traces-')));
      await kept.of.fetch();
    }, 60_000);
    beforeEach(() => kept.of?.begin());
    afterEach(() => kept.of?.trainer.stop());
    afterAll(() => kept.of?.stop());
    return kept as { readonly of: Traces };
  }

  private begin(): void {
    this.trainer = new RecordingTrainer(this.cache);
  }

  private async fetch(): Promise<void> {
    const { store, cache } = this;
    const experiment = await this.record(spec('fetched'));
    const fetched: FetchedDataset = await quietEnvironment().run(createFetchDataset({ store, scratch: cache }), {
      experiment,
    });
    this.dataset = fetched.digest;
  }

  private async stop(): Promise<void> {
    this.store.close();
    await this.server.stop();
    await rm(this.cache, { recursive: true });
  }

  async record(made: ExperimentSpec) {
    await this.store.put(keys.experimentSpec(made.name), Buffer.from(JSON.stringify(made)));
    return { name: made.name, specDigest: specDigest(made) };
  }

  dependencies() {
    const { store, cache, trainer } = this;
    return { store, cache, worker: 'w', device: 'cpu' as const, devices: 1, trainer };
  }

  async pretrain(made: ExperimentSpec, throughEpoch: number, seed = 1): Promise<void> {
    const { dataset } = this;
    const experiment = await this.record(made);
    await quietEnvironment().run(createPretrainEpochs(this.dependencies()), {
      experiment,
      dataset,
      seed,
      throughEpoch,
    });
  }

  async splits(seed: number) {
    const manifest = await loadManifest(this.store, this.dataset);
    const labels = await readLabels(this.store, manifest, 'train');
    return { ...drawSplits(spec('x').dataset, manifest, labels, seed), labels };
  }
}
