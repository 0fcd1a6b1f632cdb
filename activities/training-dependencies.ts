import type { Precision } from '../experiment/precision';
import type { ObjectStore } from '../storage/object-store';
import type { Trainer } from './trainer';

/** What the training activities are handed: they read no environment and open no connection of their own. */
export interface TrainingDependencies {
  store: ObjectStore;
  /** Folder that may be deleted when nothing runs: programs, dataset shards, states on their way to storage. */
  cache: string;
  /** Named in every epoch's metrics and every checkpoint's metadata. */
  worker: string;
  /** The kind of the worker's devices. gpu: a missing accelerator is an error and not a silent fall-back. */
  device: 'cpu' | 'gpu';
  /** How many devices the worker has: so many trainings run at once. */
  devices: number;
  /** Bytes of memory that training on this device may take; undefined: not known, and not judged. */
  memory?: number | undefined;
  /** What the device computes in; undefined: not judged. An experiment of another precision is refused. */
  computes?: readonly Precision[] | undefined;
  /** The device's engine. */
  trainer: Trainer;
}
