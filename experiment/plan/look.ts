import type { z } from 'zod';
import type { dataset } from '../datasets';
import type { DatasetFacts } from '../named-datasets';

/** What a plan knows of the data before anything is imported. */
export interface DataLook {
  /** Becomes the experiment's name. */
  name: string;
  /** The spec's section without what the plan chooses (`size`, `channels` of a collection of images). */
  dataset: DatasetInput;
  facts: DatasetFacts;
  /** To decode the files, where they are images. */
  secondsToImport?: number;
}

export type DatasetInput = z.input<typeof dataset> | (Omit<ImagesInput, 'size'> & { size?: number });
type ImagesInput = Extract<z.input<typeof dataset>, { kind: 'images' }>;

/** What trains, as a worker says of itself. */
export interface Machine {
  device: 'cpu' | 'gpu';
  /** Trainings that it runs at once, one on each. */
  devices: number;
  cores: number;
  /** The device has instructions for bf16: see precision.ts. */
  bf16: boolean;
}

/** How many images serve for what. */
export interface ImageCounts {
  /** Without their labels, for pretraining. */
  unlabelled: number;
  /** Labelled and outside of validation. */
  pool: number;
  /** Of the fewest-pictured class in the pool. */
  smallestClass: number;
  validation: number;
  test: number;
}

/** How many images serve for what. @param validation of a spec's dataset: a number of images, or a fraction */
export function countImages(facts: DatasetFacts, validation: number, unlabelled: number | 'all'): ImageCounts {
  const aside = facts.validation ?? (validation < 1 ? Math.round(facts.train * validation) : validation);
  const pool = Math.max(0, facts.train - aside);
  const share = pool / Math.max(1, facts.train);
  const available = facts.unlabelled ?? pool;
  return {
    unlabelled: unlabelled === 'all' ? available : Math.min(unlabelled, available),
    pool,
    // Validation takes whole images of each class: one less than the share is sure to be left.
    smallestClass: Math.max(0, Math.min(facts.smallestClass, Math.floor(facts.smallestClass * share) - 1)),
    validation: aside,
    test: facts.test,
  };
}
