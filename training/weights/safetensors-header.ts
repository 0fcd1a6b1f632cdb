import { z } from 'zod';
import { itemBytes, valuesOf, type Dtype } from './tensor-values';
import { WeightsError } from './weights-error';

/** One tensor of a safetensors file (github.com/huggingface/safetensors): bytes `data_offsets` behind the header. */
export interface TensorEntry {
  dtype: Dtype;
  shape: number[];
  data_offsets: [number, number];
}

/** Bytes of a header at most, as the reference implementation has it. */
export const longestHeader = 100_000_000;

const whole = z.int().min(0);
const entry = z.object({
  dtype: z.enum(Object.keys(itemBytes) as [Dtype, ...Dtype[]]),
  shape: z.array(whole),
  data_offsets: z.tuple([whole, whole]),
});
const header = z.record(z.string(), z.unknown());

/**
 * Reads a header's JSON. Every tensor must have the bytes that its shape takes, and lie inside the file behind the one
 * before it, without a gap.
 *
 * @param dataBytes bytes behind the header
 * @throws WeightsError that names the tensor
 */
export function readSafetensorsHeader(json: string, dataBytes: number): Record<string, TensorEntry> {
  const { __metadata__: _, ...given } = parse(json);
  const entries = Object.entries(given).map(([name, value]): [string, TensorEntry] => {
    const read = entry.safeParse(value);
    if (!read.success)
      throw new WeightsError(`its tensor ${shown(name)} is not described as it should: ${z.prettifyError(read.error)}`);
    return [name, read.data];
  });
  let end = 0;
  for (const [name, { dtype, shape, data_offsets }] of [...entries].sort(byPlace)) {
    const [from, to] = data_offsets;
    const bytes = valuesOf(shape) * itemBytes[dtype];
    if (from !== end || to - from !== bytes || to > dataBytes)
      throw new WeightsError(
        `its tensor ${shown(name)} is said to lie at bytes ${from} to ${to} of ${dataBytes}; it takes ${bytes} bytes and should ` +
          `begin at ${end}: the file is cut short or damaged`,
      );
    end = to;
  }
  if (end !== dataBytes) throw new WeightsError(`${dataBytes - end} bytes follow its last tensor: the file is damaged`);
  return Object.fromEntries(entries);
}

const byPlace = ([, a]: [string, TensorEntry], [, b]: [string, TensorEntry]) =>
  a.data_offsets[0] - b.data_offsets[0] || a.data_offsets[1] - b.data_offsets[1];

const shown = (name: string) => JSON.stringify(name.slice(0, 200));

function parse(json: string): Record<string, unknown> {
  try {
    return header.parse(JSON.parse(json));
  } catch {
    throw new WeightsError('its header is not JSON: it is no safetensors file, or a damaged one');
  }
}
