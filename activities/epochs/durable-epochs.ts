import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Precision } from '../../experiment/precision';
import type { EpochMetrics } from '../../experiment/epoch-metrics';
import { commitCheckpoint } from '../../storage/checkpoint';
import { pruneCheckpoints } from '../../storage/checkpoint-prune';
import { latestCheckpoint, restoreLatestCheckpoint, type Checkpoint } from '../../storage/checkpoint-restore';
import { describeTraining, readMetadata, type CheckpointMetadata } from './checkpoint-metadata';
import type { ExperimentRef } from '../read-spec';
import type { TrainingDependencies } from '../training-dependencies';
import { keepRunMetrics } from './run-metrics';
import type { EpochSteps } from './steps';
import { scratchFolder } from '../machine/scratch';
import type { LoadedProgram } from '../trainer';

/** A training run as the loop below sees it. */
export interface DurableRun {
  experiment: ExperimentRef;
  dataset: string;
  /** The run's path in storage. */
  run: string;
  /** Finished epochs to reach. */
  throughEpoch: number;
  precision: Precision;
  stepsPerEpoch: number;
  /** Epochs between checkpoints; the last epoch of a call always ends in one. */
  checkpointEvery: number;
  /** The program, in an engine with the intra-op threads that a checkpoint names; without one, with those for the program. */
  load(threads: number | undefined): Promise<LoadedProgram>;
  /** Gives the weights their starting values. */
  initialize(loaded: LoadedProgram): Promise<void>;
  /** Trains until `to` epochs are finished, where `from` are. */
  trainEpochs(loaded: LoadedProgram, from: number, to: number, show: EpochSteps['show']): Promise<EpochMetrics[]>;
  /** How a classifier does on the validation split; measured for every checkpoint. */
  validate?(loaded: LoadedProgram): Promise<Validation>;
  /** Says how many epochs this call, and the run in all, has finished. */
  show(more: { epochsDone: number }): void;
  warn(message: string): void;
}

/** Accuracy 0..1, mean cross-entropy in nats. */
export interface Validation {
  accuracy: number;
  loss: number;
  count: number;
}

/** The state in storage belongs to another network than the spec describes. */
export class StateMismatchError extends Error {
  readonly retryable = false;
  override readonly name = 'StateMismatchError';
}

/** Where a run stands in storage. */
interface RunCheckpoint {
  manifestKey: string;
  digest: string;
  epoch: number;
  step: number;
  metadata: CheckpointMetadata;
}

/** @throws MetadataError, StateMismatchError for a checkpoint of another dataset or spec, which somebody put there */
function runCheckpoint(
  { dataset, experiment: { name, specDigest } }: Pick<DurableRun, 'dataset' | 'experiment'>,
  { manifestKey, manifest }: Checkpoint,
): RunCheckpoint {
  const metadata = readMetadata(manifestKey, manifest.metadata);
  const other = metadata.dataset !== dataset ? 'dataset' : metadata.spec !== specDigest ? 'spec' : null;
  if (other === null) return { manifestKey, digest: manifest.blobs.state.sha256, ...manifest.position, metadata };
  throw new StateMismatchError(
    `The checkpoint ${manifestKey} was trained with another ${other} than "${name}" has now: it is another experiment's, or ` +
      `the experiment's record of its ${other} was removed from the bucket and written anew. Put back what was there, or ` +
      `start under a new name.`,
  );
}

/** Where a training run stands after a call; also after a call that had nothing left to do. */
export interface TrainedEpochs {
  /** The run's path in storage, `seed-1/pretraining` for instance. */
  run: string;
  /** Finished epochs: at least `throughEpoch`, and more where storage holds a later checkpoint of the same run. */
  epoch: number;
  /** Optimizer steps done. */
  step: number;
  /** Metrics of the last finished epoch; those of all epochs are in the checkpoint. */
  last: EpochMetrics | null;
  checkpoint: { manifestKey: string; digest: string };
}

export type DurableEpochs = TrainedEpochs & { metadata: CheckpointMetadata };

/**
 * Trains until `throughEpoch` epochs are finished, from wherever storage says the run stands. What was trained
 * since the last checkpoint is trained again; since orders and draws are named by epoch and step, the result is bit for bit that of
 * an unbroken run with the same threads on the same kind of device.
 */
export async function trainThrough(dependencies: TrainingDependencies, run: DurableRun): Promise<DurableEpochs> {
  const of = { experiment: run.experiment.name, run: run.run };
  const latest = await latestCheckpoint(dependencies.store, of);
  let newest = latest && runCheckpoint(run, latest);
  return scratchFolder(dependencies.cache, async (scratch) => {
    if (newest && newest.epoch >= run.throughEpoch) {
      newest = await newestWhole(dependencies, run, join(scratch, 'verified'));
      if (newest && newest.epoch >= run.throughEpoch) {
        // A worker may have been killed after the last commit and before it wrote them.
        await keepRunMetrics(dependencies.store, of, newest.metadata.epochs, (message) => run.warn(message));
        return result(run, newest);
      }
    }
    const { loaded, from } = await resume(dependencies, run, newest, join(scratch, 'restored'));
    const trained: EpochMetrics[] = [];
    let at = from;
    const started = from?.epoch ?? 0;
    const show = (more: { epoch: number }) => run.show({ ...more, epochsDone: more.epoch - started });
    show({ epoch: started });
    for (let epoch = started; epoch < run.throughEpoch;) {
      loaded.holds = null;
      const to = Math.min(run.throughEpoch, (Math.floor(epoch / run.checkpointEvery) + 1) * run.checkpointEvery);
      trained.push(...(await run.trainEpochs(loaded, epoch, to, show)));
      epoch = to;
      const epochs = [...(from?.metadata.epochs ?? []), ...trained];
      at = await commit(dependencies, run, loaded, epochs, at, join(scratch, `epoch-${epoch}`));
    }
    return result(run, at as RunCheckpoint);
  });
}

/** The newest checkpoint whose state is what was stored: "done" is not said of a damaged one, which is trained again. */
async function newestWhole(
  { store }: TrainingDependencies,
  run: DurableRun,
  file: string,
): Promise<RunCheckpoint | null> {
  const of = { experiment: run.experiment.name, run: run.run };
  const { checkpoint, skipped } = await restoreLatestCheckpoint(store, of, file);
  for (const problem of skipped) run.warn(`a damaged checkpoint was passed over: ${problem}`);
  return checkpoint && runCheckpoint(run, checkpoint);
}

const result = (run: DurableRun, at: RunCheckpoint): DurableEpochs => ({
  run: run.run,
  epoch: at.epoch,
  step: at.step,
  last: at.metadata.epochs.at(-1) ?? null,
  checkpoint: { manifestKey: at.manifestKey, digest: at.digest },
  metadata: at.metadata,
});

/** The loaded program with the newest state that is whole, or with starting weights. */
async function resume(
  { store }: TrainingDependencies,
  run: DurableRun,
  newest: RunCheckpoint | null,
  file: string,
): Promise<{ loaded: LoadedProgram; from: RunCheckpoint | null }> {
  const loaded = await run.load(newest?.metadata.threads);
  if (newest && loaded.holds === newest.digest) return { loaded, from: newest };
  const of = { experiment: run.experiment.name, run: run.run };
  const { checkpoint, skipped } = await restoreLatestCheckpoint(store, of, file);
  for (const problem of skipped) run.warn(`a damaged checkpoint was passed over: ${problem}`);
  if (checkpoint) {
    await checkLayout(run, loaded, checkpoint, file);
    await loaded.restore(file, checkpoint.manifest.blobs.state.sha256);
    return { loaded, from: runCheckpoint(run, checkpoint) };
  }
  if (skipped.length > 0) run.warn(`${run.run} starts from zero: no whole checkpoint is left`);
  loaded.holds = null;
  await run.initialize(loaded);
  return { loaded, from: null };
}

/** The program reads the state by fixed offsets: the file's header must be the one it would write itself. */
async function checkLayout(run: DurableRun, loaded: LoadedProgram, checkpoint: Checkpoint, file: string) {
  const { manifestKey, manifest } = checkpoint;
  const expected = loaded.program.state.header;
  const found = Buffer.alloc(expected.length);
  const handle = await open(file);
  await handle.read(found, 0, found.length, 0).finally(() => handle.close());
  if (!found.equals(expected))
    throw new StateMismatchError(
      `The checkpoint ${manifestKey} holds other weights than the network of this experiment's spec: it was written by ` +
        `another version of durable-byol, or the bucket's objects were changed. Go on with the version that wrote it, or ` +
        `start the experiment under a new name.`,
    );
  const [from, to] = [runCheckpoint(run, checkpoint).metadata.device, loaded.info.device];
  if (manifest.program !== loaded.program.hash)
    run.warn(
      `${manifestKey} was written ${
        from === to ? 'by another version of the training program' : `on a ${from}, and this is a ${to}`
      }: the run goes on, but not bit for bit`,
    );
}

async function commit(
  { store, worker, devices }: TrainingDependencies,
  run: DurableRun,
  loaded: LoadedProgram,
  epochs: EpochMetrics[],
  parent: RunCheckpoint | null,
  stateFile: string,
): Promise<RunCheckpoint> {
  await loaded.save(stateFile);
  const validation = await run.validate?.(loaded);
  const last = epochs.at(-1) as EpochMetrics;
  if (validation) last.validationAccuracy = validation.accuracy;
  const described = describeTraining(loaded, {
    dataset: run.dataset,
    spec: run.experiment.specDigest,
    precision: run.precision,
    worker,
    devices,
    epochs,
  });
  const metadata: CheckpointMetadata = { ...described, ...(validation ? { validation } : {}) };
  const of = { experiment: run.experiment.name, run: run.run };
  const position = { epoch: last.epoch, step: last.epoch * run.stepsPerEpoch };
  const program = loaded.program.hash;
  const parentKey = parent?.manifestKey ?? null;
  // As JSON has it: a loss that is not finite is null there.
  const json = JSON.parse(JSON.stringify(metadata)) as Parameters<typeof commitCheckpoint>[1]['metadata'];
  const committed = await commitCheckpoint(store, { ...of, position, program, stateFile, metadata: json, parentKey });
  await rm(stateFile);
  await pruneCheckpoints(store, { ...of, keep: 2 });
  await keepRunMetrics(store, of, epochs, (message) => run.warn(message));
  return { ...committed, ...position, metadata };
}
