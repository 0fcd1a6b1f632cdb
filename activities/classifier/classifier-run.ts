import { permutation } from '../../datasets/permutation';
import { float32Feed, int32Feed, stringFeed } from '../../engine/protocol';
import type { ComparisonOf } from '../../experiment/comparison';
import { classifierSteps } from '../../experiment/classifier-steps';
import type { Setting } from '../../experiment/search-grid';
import type { EpochMetrics } from '../../experiment/epoch-metrics';
import { classifierRun, pretrainingRun } from '../../storage/keys';
import { restoreLatestCheckpoint } from '../../storage/checkpoint-restore';
import { encoderPrefix } from '../../training/byol/networks';
import { classifierProgram, type ClassifierProgram } from '../../training/classifier/program';
import { drawKey } from '../../training/draw-key';
import { imagesPerCall } from '../../training/program';
import { learningRateAt } from '../../training/schedule';
import type { ExperimentRef } from '../read-spec';
import type { TrainingDependencies } from '../training-dependencies';
import { cutEncoder } from './encoder-file';
import { requireMemory } from '../machine/memory';
import { scratchFolder } from '../machine/scratch';
import { runMicroBatches, type EpochSteps } from '../epochs/steps';
import { startingWeights } from '../weights/starting-weights';
import type { LoadedProgram } from '../trainer';
import { residentSplit, type TrainingData } from '../dataset/training-data';

interface ClassifierOf extends ComparisonOf {
  experiment: ExperimentRef;
  dataset: string;
}

/** The encoder that fine-tuning starts from is not there. */
export class EncoderMissingError extends Error {
  readonly retryable = false;
  override readonly name = 'EncoderMissingError';
}

/** One arm with one label budget: training with a setting of the search, and judging by a split. All arms run the same code. */
export class ClassifierRun {
  /** Places of the labelled images in the training split. */
  readonly labelled: Int32Array;
  readonly stepsPerEpoch: number;
  private readonly stepsPerPass: number;
  private readonly batch: number;
  private readonly program: ClassifierProgram;
  private readonly write: (batch: number) => ClassifierProgram;
  /** In which a pass takes the labelled images. */
  private order: { pass: number; of: Int32Array } | undefined;

  constructor(
    private readonly dependencies: TrainingDependencies,
    private readonly of: ClassifierOf,
    private readonly data: TrainingData,
  ) {
    const { spec, format, manifest } = data;
    this.labelled = data.splits.labelled(of.labels);
    const steps = classifierSteps(spec.classifier, this.labelled.length);
    this.batch = steps.batch;
    this.stepsPerPass = steps.perPass;
    this.stepsPerEpoch = steps.perEpoch;
    const trains = of.arm === 'linear-probe' ? 'head' : 'network';
    const key = `classifier ${of.experiment.specDigest} ${of.dataset} ${this.batch} ${trains}`;
    this.write = (batch) =>
      classifierProgram(spec, format, manifest.classes.length, batch, trains, dependencies.device);
    this.program = dependencies.trainer.program(key, () => this.write(this.batch));
  }

  /** The run's path in storage. */
  name({ learningRate, epochs }: Setting): string {
    return classifierRun({ ...this.of, learningRate, epochs });
  }

  /** @throws MemoryError where this cannot be trained here */
  requireMemory(): void {
    const bytes = (split: 'train' | 'test') =>
      residentSplit(this.dependencies, this.of.dataset, this.data.manifest, split).bytes;
    requireMemory(this.dependencies.memory, Math.max(bytes('train'), bytes('test')), {
      ...({ what: 'A classifier', setting: 'classifier.batch', batch: this.batch } as const),
      program: (batch) => (batch === this.batch ? this.program : this.write(batch)),
    });
  }

  /** @param split null: no images of the dataset are asked for */
  async load(split: 'train' | 'test' | null, threads: number | undefined): Promise<LoadedProgram> {
    if (split !== null) this.requireMemory();
    const images = split && residentSplit(this.dependencies, this.of.dataset, this.data.manifest, split);
    return this.dependencies.trainer.load(this.program, images, threads);
  }

  /**
   * Fresh weights, the same for every arm; the encoder's from pretraining, but those that the experiment was given for the
   * supervised arm.
   */
  async initialize(loaded: LoadedProgram): Promise<void> {
    const { seed, arm } = this.of;
    const { spec } = this.data;
    await loaded.run('init', { key: int32Feed([drawKey(seed, 'classifier', 'weights')]) });
    if (arm !== 'supervised' && spec.pretraining.epochs > 0) await this.startFromEncoder(loaded);
    else if (spec.model.weights !== undefined) {
      const path = await startingWeights(this.dependencies, spec.name);
      await scratchFolder(this.dependencies.cache, (folder) => this.setEncoder(loaded, path, '', folder));
    }
  }

  private async startFromEncoder(loaded: LoadedProgram): Promise<void> {
    const { store, cache } = this.dependencies;
    const of = { experiment: this.of.experiment.name, run: pretrainingRun(this.of.seed) };
    const { epochs } = this.data.spec.pretraining;
    await scratchFolder(cache, async (folder) => {
      const { checkpoint, skipped } = await restoreLatestCheckpoint(store, of, `${folder}/pretrained`);
      if (checkpoint?.manifest.position.epoch !== epochs)
        throw new EncoderMissingError(
          `The arm ${this.of.arm} starts from the encoder after ${epochs} epochs of ${of.run}, but ${store.location} holds ` +
            `${checkpoint ? `only epoch ${checkpoint.manifest.position.epoch}` : 'no whole checkpoint'} of it ` +
            `${skipped.join('; ')}. "byol resume ${of.experiment}" trains again what is lost.`,
        );
      await this.setEncoder(loaded, `${folder}/pretrained`, encoderPrefix, folder);
    });
  }

  /** @param prefix of the encoder's tensors in the file */
  private async setEncoder(loaded: LoadedProgram, from: string, prefix: string, folder: string): Promise<void> {
    await cutEncoder(from, prefix, this.program.encoder, `${folder}/encoder`);
    await loaded.run('encoder', { path: stringFeed(`${folder}/encoder`) });
  }

  async trainEpochs(
    loaded: LoadedProgram,
    { from, to }: Pick<EpochSteps, 'from' | 'to'>,
    { learningRate, epochs }: Setting,
    show: EpochSteps['show'],
  ): Promise<EpochMetrics[]> {
    const { classifier } = this.data.spec;
    const { batch, stepsPerEpoch } = this;
    const key = int32Feed([drawKey(this.of.seed, 'classifier', 'augmentation'), 0], [2]);
    const rateAt = (step: number) => learningRateAt(step, epochs * stepsPerEpoch, learningRate, classifier.schedule);
    const trained = await runMicroBatches(
      { from, to, microBatchesPerEpoch: stepsPerEpoch, imagesPerMicroBatch: batch, show },
      async (first, count) => {
        const steps = Array.from({ length: count }, (_, at) => first + at);
        const places = steps.flatMap((step) => this.placesOf(step));
        const labels = places.map((place) => this.data.labels[place] as number);
        const { loss } = await loaded.run('train', {
          indices: int32Feed(places, [count, batch]),
          labels: int32Feed(labels, [count, batch]),
          key,
          step: int32Feed([first]),
          learning_rate: float32Feed(steps.map(rateAt), [count]),
        });
        return loss?.values ?? [];
      },
    );
    return trained.map((figures, at) => {
      const epoch = from + at + 1;
      const rate = rateAt(epoch * stepsPerEpoch - 1);
      return { ...figures, epoch, steps: stepsPerEpoch, learningRate: rate, worker: this.dependencies.worker };
    });
  }

  /** Places of a step's images in the split. @param step counted over the whole run */
  private placesOf(step: number): number[] {
    const { batch, stepsPerPass, labelled } = this;
    const pass = Math.floor(step / stepsPerPass);
    if (this.order?.pass !== pass) {
      const key = [drawKey(this.of.seed, 'classifier', 'order'), pass] as const;
      this.order = { pass, of: permutation(labelled.length, key) };
    }
    const first = (step % stepsPerPass) * batch;
    return Array.from(this.order.of.subarray(first, first + batch), (at) => labelled[at] as number);
  }

  async validate(loaded: LoadedProgram) {
    const { accuracy, loss, count } = await this.judge(loaded, this.data.splits.validation, this.data.labels);
    return { accuracy, loss, count };
  }

  /**
   * Predicts images of the loaded split.
   *
   * @param labels class of each image of the split
   * @returns accuracy 0..1, mean cross-entropy (nats), and logits [places, classes]
   */
  async judge(loaded: LoadedProgram, places: ArrayLike<number>, labels: ArrayLike<number>) {
    const classes = this.data.manifest.classes.length;
    const logits = new Float32Array(places.length * classes);
    const perCall = imagesPerCall(this.data.format);
    for (let from = 0; from < places.length; from += perCall) {
      const some = Array.from(places).slice(from, from + perCall);
      const made = await loaded.run('predict', { indices: int32Feed(some, [some.length]) });
      logits.set(made['logits']?.values ?? [], from * classes);
    }
    let right = 0;
    let loss = 0;
    Array.from(places).forEach((place, at) => {
      const row = logits.subarray(at * classes, (at + 1) * classes);
      const peak = Math.max(...row);
      const truth = row[labels[place] as number] as number;
      if (row.indexOf(peak) === labels[place]) right++;
      loss += Math.log(row.reduce((sum, logit) => sum + Math.exp(logit - peak), 0)) + peak - truth;
    });
    return { accuracy: right / places.length, loss: loss / places.length, count: places.length, logits };
  }
}
