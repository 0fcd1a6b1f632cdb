import { availableParallelism, cpus } from 'node:os';
import { z } from 'zod';
import { precisions, type Precision } from '../../experiment/precision';
import { epochMetrics, type EpochMetrics } from '../../experiment/epoch-metrics';
import type { LoadedProgram } from '../trainer';

/** What every checkpoint says of how it came about; runs add to it. */
export const checkpointMetadata = z.looseObject({
  dataset: z.string().describe("digest of the dataset's manifest"),
  spec: z.string().describe('digest of the spec'),
  threads: z.int().min(1).describe('intra-op threads: the bits depend on them'),
  device: z.enum(['cpu', 'gpu']),
  precision: z.enum(precisions).optional().describe('that it was trained in; left out by older versions'),
  tensorflow: z.string(),
  node: z.string(),
  cpu: z.string(),
  cores: z.int().min(1).optional().describe('of the machine; left out by older versions'),
  devices: z
    .int()
    .min(1)
    .optional()
    .describe('of the worker, each with one training at a time; left out by older versions'),
  worker: z.string(),
  epochs: z.array(epochMetrics).describe('of the whole run so far'),
  validation: z
    .object({ accuracy: z.number(), loss: z.number().nullable(), count: z.int() })
    .optional()
    .describe('of a classifier: this state on the validation split'),
});
export type CheckpointMetadata = z.output<typeof checkpointMetadata>;

/** A manifest's metadata is not what this version writes. */
export class MetadataError extends Error {
  readonly retryable = false;
  override readonly name = 'MetadataError';
}

/** @throws MetadataError that names the manifest */
export function readMetadata(manifestKey: string, metadata: unknown): CheckpointMetadata {
  const parsed = checkpointMetadata.safeParse(metadata);
  if (parsed.success) return parsed.data;
  throw new MetadataError(
    `The checkpoint ${manifestKey} does not say what this version of durable-byol needs (${z.prettifyError(parsed.error)}): ` +
      `it was written by another version, or changed. Go on with that version, or start under a new name.`,
  );
}

export function describeTraining(
  loaded: LoadedProgram,
  of: { dataset: string; spec: string; precision: Precision; worker: string; devices: number; epochs: EpochMetrics[] },
): CheckpointMetadata {
  return {
    ...of,
    threads: loaded.threads,
    device: loaded.info.device,
    tensorflow: loaded.info.tensorflow,
    node: process.versions.node,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
  };
}
