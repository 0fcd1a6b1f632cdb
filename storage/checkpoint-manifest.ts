import { z } from 'zod';
import type { Json } from './integrity';

const whole = z.int().min(0);

/** Finished epochs and optimizer steps done. */
export const checkpointPosition = z.strictObject({ epoch: whole.max(999_999), step: whole.max(9_999_999_999) });
export type CheckpointPosition = z.output<typeof checkpointPosition>;

const digest = z.string().regex(/^[0-9a-f]{64}$/);

export const checkpointManifest = z.strictObject({
  format: z.literal('durable-byol-checkpoint/1'),
  run: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*(\/[A-Za-z0-9][A-Za-z0-9._-]*)*$/),
  position: checkpointPosition,
  /** hash of the program that wrote the state and can read it */
  program: z.string(),
  blobs: z.strictObject({ state: z.strictObject({ sha256: digest, bytes: whole }) }),
  metadata: z.record(z.string(), z.json() as z.ZodType<Json>),
  /** key of the manifest before this one */
  parent: z.string().nullable(),
  createdAt: z.string(),
});
export type CheckpointManifest = z.output<typeof checkpointManifest>;

/** Points to the newest committed checkpoint of a run; the one object of a run that changes. */
export const checkpointHead = z.strictObject({
  format: z.literal('durable-byol-head/1'),
  manifestKey: z.string(),
  position: checkpointPosition,
  digest,
});
export type CheckpointHead = z.output<typeof checkpointHead>;

/** Negative where `a` is the older position, 0 where they are the same. */
export function comparePositions(a: CheckpointPosition, b: CheckpointPosition): number {
  return a.epoch - b.epoch || a.step - b.step;
}

/** The value of an object that this package wrote, or null where the bytes are anything else. */
export function parseStored<T>(schema: z.ZodType<T>, bytes: Buffer): T | null {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    return null;
  }
  return schema.safeParse(value).data ?? null;
}
