import { z } from 'zod';
import type { EpochMetrics } from './epoch-metrics';

/** Fields of an epoch's metrics under the names that metrics.jsonl and TensorBoard show. */
const names = {
  loss: 'train/loss',
  validationAccuracy: 'validation/accuracy',
  knnAccuracy: 'knn/accuracy',
  learningRate: 'learning_rate',
  tau: 'tau',
  spread: 'spread',
  effectiveRank: 'effective_rank',
  imageRank: 'image_rank',
  alignment: 'alignment',
  uniformity: 'uniformity',
  imagesPerSecond: 'images_per_second',
  seconds: 'seconds',
} as const satisfies Partial<Record<keyof EpochMetrics, string>>;

/** Every name that is shown; `validation/accuracy` is a classifier's, the other figures of accuracy and spread pretraining's. */
export const metricNames: readonly string[] = Object.values(names);

/** One epoch of one run, as a line of metrics.jsonl: scalars by name, and where and when. */
export interface RunMetrics {
  /** Finished epochs; the first is 1. */
  epoch: number;
  /** Optimizer steps of the whole run so far. */
  step: number;
  /** When the epoch ended, ISO 8601. */
  at?: string;
  worker?: string;
  /** `train/loss`, `knn/accuracy`, ...; a number that is not finite is left out. */
  values: Record<string, number>;
}

interface Epoch {
  epoch: number;
  steps: number;
  at?: string | undefined;
  worker: string;
  [field: string]: unknown;
}

/** metrics.jsonl of a run's epochs: a line of JSON for each; a loss that is not finite is null. */
export function metricsText(epochs: readonly Epoch[]): string {
  let step = 0;
  return epochs
    .map((epoch) => {
      step += epoch.steps;
      const values = Object.entries(names).flatMap(([field, name]) => {
        const value = epoch[field];
        return value === undefined ? [] : [[name, value]];
      });
      const { at, worker } = epoch;
      const line = { epoch: epoch.epoch, step, ...(at === undefined ? {} : { at }), worker };
      return `${JSON.stringify({ ...line, ...Object.fromEntries(values) })}\n`;
    })
    .join('');
}

const line = z
  .object({
    epoch: z.int().min(0),
    step: z.int().min(0),
    at: z.iso.datetime().optional(),
    worker: z.string().max(1000).optional(),
  })
  .catchall(z.unknown());

/**
 * Reads metrics.jsonl.
 * @throws SyntaxError or ZodError for a line that is none of ours
 */
export function parseMetrics(text: string): RunMetrics[] {
  return text
    .split('\n')
    .filter((each) => each.trim() !== '')
    .map((each) => {
      const { epoch, step, at, worker, ...rest } = line.parse(JSON.parse(each));
      const values = Object.fromEntries(Object.entries(rest).filter(([, value]) => typeof value === 'number'));
      return {
        ...{ epoch, step, values: values as Record<string, number> },
        ...(at === undefined ? {} : { at }),
        ...(worker === undefined ? {} : { worker }),
      };
    });
}
