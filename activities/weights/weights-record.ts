import { z } from 'zod';
import { sha256Hex } from '../../experiment/file-digests';
import { experimentWeights } from '../../storage/keys';
import type { ObjectStore } from '../../storage/object-store';
import { parseStoredResult } from '../formats/stored-result';

const text = z.string().max(10_000);

/** What an experiment's starting weights are and where they came from; kept beside its spec. */
export const weightsRecord = z.object({
  format: z.literal('durable-byol-weights/1'),
  digest: sha256Hex.describe('sha256 of the weights as they were read: names the object'),
  bytes: z.int().min(1),
  source: text.describe('as in the spec, without what may be secret'),
  file: z.object({ format: z.enum(['safetensors', 'pytorch']), sha256: sha256Hex, bytes: z.int().min(1) }),
  tensors: z.int().min(1),
  remarks: z.array(text),
});
export type WeightsRecord = z.output<typeof weightsRecord>;

/** The record of an experiment; null where it has none. @throws ResultDamagedError */
export async function readWeightsRecord(store: ObjectStore, experiment: string): Promise<WeightsRecord | null> {
  const key = experimentWeights(experiment);
  const stored = await store.getIfPresent(key);
  return stored && parseStoredResult(stored.body, weightsRecord, key);
}
