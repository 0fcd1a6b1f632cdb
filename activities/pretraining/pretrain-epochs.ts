import { join } from 'node:path';
import { log } from '@temporalio/activity';
import { permutation } from '../../datasets/permutation';
import { float32Feed, int32Feed } from '../../engine/protocol';
import type { ExperimentSpec } from '../../experiment/resolve';
import { collapseOf, type Collapse } from '../../experiment/collapse';
import type { EpochMetrics } from '../../experiment/epoch-metrics';
import { restoreLatestCheckpoint } from '../../storage/checkpoint-restore';
import * as keys from '../../storage/keys';
import { pretrainingProgram } from '../../training/byol/program';
import type { Program } from '../../training/program';
import { drawKey } from '../../training/draw-key';
import { learningRateAt, tauAt } from '../../training/schedule';
import { CollapsedError } from './collapsed-error';
import type { ExperimentRef } from '../read-spec';
import type { TrainingDependencies } from '../training-dependencies';
import { stepsPerPretrainingEpoch } from '../../experiment/pretraining-steps';
import { monitorSample } from '../../experiment/monitor-sample';
import { trainThrough, type TrainedEpochs } from '../epochs/durable-epochs';
import { EncoderMonitor } from './encoder-monitor';
import { requireMemoryOfAll } from './memory-of-all';
import { keepSampleViews } from './sample-views';
import { scratchFolder } from '../machine/scratch';
import { runMicroBatches, withProgress, type EpochFigures, type EpochSteps, type Progress } from '../epochs/steps';
import { keepTestEmbedding } from './test-embedding';
import type { LoadedProgram } from '../trainer';
import { readTrainingData, residentSplit, type TrainingData } from '../dataset/training-data';
import { startFromGiven } from '../weights/starting-weights';

/** Pretrain the network of one seed until `throughEpoch` epochs are finished, from wherever storage says it stands. */
export interface PretrainEpochsInput {
  experiment: ExperimentRef;
  /** Digest of the dataset's manifest, as `fetchDataset` returned it. */
  dataset: string;
  seed: number;
  /** Number of finished epochs to reach (1 = the first epoch alone). */
  throughEpoch: number;
  /** true: no image of the test split is looked at, not even for the report's pictures. */
  withoutTest?: boolean | undefined;
}

/** `collapsed`: where the encoder is of no use so far, and the spec says to go on. */
export type PretrainEpochs = (input: PretrainEpochsInput) => Promise<TrainedEpochs & { collapsed?: Collapse }>;

/** @returns the activity `pretrainEpochs`: BYOL on the unlabelled images of the dataset. */
export function createPretrainEpochs(dependencies: TrainingDependencies): PretrainEpochs {
  return async (input) => {
    const progress: Progress = { stage: 'pretraining', seed: input.seed, run: keys.pretrainingRun(input.seed) };
    return withProgress(progress, async (show) => {
      const data = await readTrainingData(dependencies, input);
      const { epochs, monitor } = data.spec.pretraining;
      const pretraining = new Pretraining(dependencies, input, data);
      const { metadata, ...trained } = await pretraining.train(show);
      if (trained.epoch === epochs && !input.withoutTest) await pretraining.keepMissingPictures(metadata.threads);
      const collapsed = collapseOf(metadata.epochs, epochs, data.manifest.classes.length);
      if (!collapsed) return trained;
      if (monitor.onCollapse === 'stop') throw new CollapsedError(input.seed, collapsed, data.spec);
      return { ...trained, collapsed };
    });
  };
}

/** The pretraining program of an experiment: all of its seeds have one. */
export function programOf(
  { trainer, device }: TrainingDependencies,
  { experiment, dataset }: Pick<PretrainEpochsInput, 'experiment' | 'dataset'>,
  { spec, format, splits }: TrainingData,
): Program {
  const sample = Math.min(monitorSample, splits.unlabelled.length);
  const key = `pretraining ${experiment.specDigest} ${dataset}`;
  return trainer.program(key, () => pretrainingProgram(spec, format, sample, device));
}

class Pretraining {
  private readonly program: Program;
  private readonly spec: ExperimentSpec;
  /** Places of the unlabelled images in the split that holds them. */
  private readonly images: Int32Array;
  private readonly stepsPerEpoch: number;
  private readonly monitor: EncoderMonitor;

  constructor(
    private readonly dependencies: TrainingDependencies,
    private readonly input: PretrainEpochsInput,
    private readonly data: TrainingData,
  ) {
    this.spec = data.spec;
    this.images = data.splits.unlabelled;
    this.stepsPerEpoch = stepsPerPretrainingEpoch(this.spec, this.images.length);
    this.monitor = new EncoderMonitor(dependencies, data);
    this.program = programOf(dependencies, input, data);
  }

  train(show: (more: object) => void) {
    const { experiment, dataset, seed, throughEpoch } = this.input;
    return trainThrough(this.dependencies, {
      ...{
        experiment,
        dataset,
        throughEpoch,
        run: keys.pretrainingRun(seed),
        precision: this.spec.precision,
        stepsPerEpoch: this.stepsPerEpoch,
        checkpointEvery: 1,
      },
      load: (threads) => this.load(threads),
      initialize: async (loaded) => {
        await loaded.run('init', { key: int32Feed([drawKey(seed, 'pretraining', 'weights')]) });
        if (this.spec.model.weights !== undefined) await startFromGiven(this.dependencies, this.spec.name, loaded);
        await keepSampleViews(this.dependencies, this.input, this.data, loaded, this.viewKeys());
      },
      trainEpochs: async (loaded, from, _to, tell) => [await this.trainEpoch(loaded, from, tell)],
      show,
      warn: (message) => void log.warn(message),
    });
  }

  private async load(threads: number | undefined): Promise<LoadedProgram> {
    const { manifest } = this.data;
    const split = manifest.splits.unlabelled ? 'unlabelled' : 'train';
    const images = residentSplit(this.dependencies, this.input.dataset, manifest, split);
    requireMemoryOfAll(this.dependencies, this.input, this.data, this.program, images.bytes);
    return this.dependencies.trainer.load(this.program, images, threads);
  }

  /**
   * What the report draws, where it was lost, or was never made: a run without the test split, as a sweep's are, has no
   * embedding yet when it is gone on with.
   */
  async keepMissingPictures(threads: number): Promise<void> {
    const { store, cache } = this.dependencies;
    const { experiment, seed } = this.input;
    const { name } = experiment;
    const isLost = async (key: string) => (await store.head(key)) === null;
    const noViews = await isLost(keys.samples(name));
    const noEmbedding = (await isLost(keys.embedding(name, seed))) || (await isLost(keys.embeddingPlaces(name, seed)));
    if (!noViews && !noEmbedding) return;
    await scratchFolder(cache, async (folder) => {
      const of = { experiment: name, run: keys.pretrainingRun(seed) };
      const { checkpoint } = await restoreLatestCheckpoint(store, of, join(folder, 'state'));
      if (!checkpoint) return;
      const loaded = await this.load(threads);
      await loaded.restore(join(folder, 'state'), checkpoint.manifest.blobs.state.sha256);
      if (noViews) await keepSampleViews(this.dependencies, this.input, this.data, loaded, this.viewKeys());
      if (noEmbedding) await keepTestEmbedding(this.dependencies, this.input, this.data, loaded);
    });
  }

  private viewKeys() {
    return int32Feed(
      [0, 1].map((view) => drawKey(this.input.seed, 'pretraining', 'view', view)),
      [2],
    );
  }

  private async trainEpoch(loaded: LoadedProgram, epoch: number, show: EpochSteps['show']): Promise<EpochMetrics> {
    const { batch, accumulate, learningRate, schedule, tau } = this.spec.pretraining;
    const order = permutation(this.images.length, [drawKey(this.input.seed, 'pretraining', 'order'), epoch]);
    const total = this.spec.pretraining.epochs * this.stepsPerEpoch;
    const rateAt = (step: number) => learningRateAt(step, total, learningRate, schedule);
    const tauOf = (step: number) => tauAt(step, total, tau);
    const first = epoch * this.stepsPerEpoch;
    const key = this.viewKeys();
    /** Feeds for `count` micro-batches from the run's micro-batch `from` on. */
    const micro = (from: number, count: number) => {
      const start = (from - first * accumulate) * batch;
      const places = order.subarray(start, start + count * batch);
      const indices = Array.from(places, (place) => this.images[place] as number);
      return { indices: int32Feed(indices, [count, batch]), key, step: int32Feed([from]) };
    };
    const before = epoch === 0 ? await this.monitor.knn(loaded) : null;
    const one = { from: epoch, to: epoch + 1, microBatchesPerEpoch: this.stepsPerEpoch * accumulate };
    const [trained] = await runMicroBatches(
      { ...one, imagesPerMicroBatch: batch, show },
      async (from, count) => {
        if (accumulate === 1) {
          const steps = Array.from({ length: count }, (_, k) => from + k);
          const rates = {
            learning_rate: float32Feed(steps.map(rateAt), [count]),
            tau: float32Feed(steps.map(tauOf), [count]),
          };
          return lossOf(await loaded.run('train', { ...micro(from, count), ...rates }));
        }
        const losses = lossOf(await loaded.run('accumulate', micro(from, count)));
        if ((from + count) % accumulate === 0) {
          const step = (from + count) / accumulate - 1;
          const scalars = { learning_rate: float32Feed([rateAt(step)]), tau: float32Feed([tauOf(step)]) };
          await loaded.run('apply', { optimizer_step: int32Feed([step]), ...scalars });
        }
        return losses;
      },
      accumulate === 1 ? undefined : accumulate,
    );
    const last = first + this.stepsPerEpoch - 1;
    return {
      ...(trained as EpochFigures),
      epoch: epoch + 1,
      steps: this.stepsPerEpoch,
      learningRate: rateAt(last),
      tau: tauOf(last),
      ...(before === null ? {} : { knnBefore: before }),
      ...(await this.lookAt(loaded, epoch + 1)),
      worker: this.dependencies.worker,
    };
  }

  /** What is measured after an epoch, and kept after the last one. */
  private async lookAt(loaded: LoadedProgram, epoch: number) {
    const { epochs, monitor } = this.spec.pretraining;
    if (epoch === epochs && !this.input.withoutTest)
      await keepTestEmbedding(this.dependencies, this.input, this.data, loaded);
    if (epoch !== epochs && epoch % monitor.every !== 0) return {};
    return this.monitor.measure(loaded, this.viewKeys());
  }
}

const lossOf = (outputs: Awaited<ReturnType<LoadedProgram['run']>>): ArrayLike<number> => outputs['loss']?.values ?? [];
