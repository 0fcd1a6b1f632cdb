import { z } from 'zod';
import { fileDigests } from './file-digests';

/** What is read again of an export's `model.json`; load.py reads more of it. */
const exportedModel = z.object({
  format: z.literal('durable-byol-model/1'),
  input: z.object({ height: z.int(), width: z.int(), channels: z.int() }),
  /** Whose encoders there are. */
  encoders: z.object({ seeds: z.array(z.int()) }),
  /** Why there is a network without a SavedModel; null: each has one. */
  savedModelProblem: z.string().nullable(),
  /** Every other object of the export, by its key below the export's folder. */
  files: fileDigests,
});
export type ExportedModel = z.output<typeof exportedModel>;

/** @param text of a model.json @throws Error whose message is what is wrong with it */
export function parseExportedModel(text: string): ExportedModel {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Error('it is not JSON', { cause });
  }
  const { data, error } = exportedModel.safeParse(value);
  if (data) return data;
  throw new Error(z.prettifyError(error).replace(/\s+/g, ' '), { cause: error });
}

/**
 * The paragraph that refuses an export.
 * @param experiment whose it is
 * @param what of it is wrong, as a sentence without its full stop
 */
export const exportRefused = (experiment: string, what: string): string =>
  `The exported weights of "${experiment}" cannot be used: ${what}. "byol resume ${experiment} --again" exports them anew from ` +
  `the checkpoints; nothing is trained again.`;
