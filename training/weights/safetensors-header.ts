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

/** Dimensions of a tensor: PyTorch has no more. */
const mostDimensions = 64;

const whole = z.int().min(0);
const entry = z.object({
  dtype: z.enum(Object.keys(itemBytes) as [Dtype, ...Dtype[]]),
  shape: z.custom((shape) => Array.isArray(shape) && shape.length <= mostDimensions).pipe(z.array(whole)),
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
      throw new WeightsError(`its tensor ${shown(name)} ${misfit(read.error.issues[0]?.path[0], value)}`);
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

/** Where tensors of float32 lie that a header lists in this order. */
export interface WrittenHeader {
  /** The file up to the first value: the length of the JSON, the JSON, padded to 8 bytes. */
  header: Buffer;
  /** Of each tensor, in the file. */
  places: { offset: number; bytes: number }[];
  /** Of the whole file. */
  bytes: number;
}

/** The header of a file of float32 tensors, one behind the other. @param metadata texts that readers can ask for */
export function writeSafetensorsHeader(
  metadata: Record<string, string>,
  tensors: readonly { name: string; shape: readonly number[] }[],
): WrittenHeader {
  let at = 0;
  const described: Record<string, unknown> = { __metadata__: metadata };
  const places = tensors.map(({ name, shape }) => {
    const [offset, bytes] = [at, itemBytes.F32 * valuesOf(shape)];
    at += bytes;
    described[name] = { dtype: 'F32', shape, data_offsets: [offset, at] };
    return { offset, bytes };
  });
  const json = JSON.stringify(described);
  const text = Buffer.from(json + ' '.repeat(-Buffer.byteLength(json) & 7));
  const header = Buffer.alloc(8 + text.length);
  header.writeBigUInt64LE(BigInt(text.length));
  text.copy(header, 8);
  return {
    header,
    places: places.map(({ offset, bytes }) => ({ offset: header.length + offset, bytes })),
    bytes: header.length + at,
  };
}

const byPlace = ([, a]: [string, TensorEntry], [, b]: [string, TensorEntry]) =>
  a.data_offsets[0] - b.data_offsets[0] || a.data_offsets[1] - b.data_offsets[1];

/** What is wrong with a tensor's description, as the end of a sentence. */
function misfit(part: PropertyKey | undefined, value: unknown): string {
  const own = (value as Record<PropertyKey, unknown> | null)?.[part ?? ''];
  const given = brief(own ?? value);
  if (part === 'dtype' && own !== undefined)
    return `is of the type ${given}; those that are read are ${Object.keys(itemBytes).join(', ')}`;
  const wanted =
    part === 'shape' ? `a shape of at most ${mostDimensions} whole numbers` : 'a dtype, a shape and two data_offsets';
  return `should have ${wanted} and has ${given}`;
}

/** The beginning of a value's JSON, however long or deep it is. */
function brief(value: unknown): string {
  try {
    return JSON.stringify(Array.isArray(value) ? value.slice(0, mostDimensions) : value).slice(0, 80);
  } catch {
    return 'what nests too deep to be shown';
  }
}

const shown = (name: string) => JSON.stringify(name.slice(0, 200));

function parse(json: string): Record<string, unknown> {
  try {
    return header.parse(JSON.parse(json));
  } catch {
    throw new WeightsError('its header is not JSON: it is no safetensors file, or a damaged one');
  }
}
