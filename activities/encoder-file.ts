import { open, type FileHandle } from 'node:fs/promises';
import type { StateLayout } from '../training/state';

/** The pretrained state does not hold the encoder that the classifier needs. */
export class EncoderMismatchError extends Error {
  readonly retryable = false;
  override readonly name = 'EncoderMismatchError';
}

interface Entry {
  shape: number[];
  data_offsets: [number, number];
}

/**
 * Cuts the encoder out of a pretraining state: a safetensors file of the tensors whose names start with `prefix`.
 * A tensor that is missing or of another shape is an error: an encoder that is loaded in part tells nothing.
 *
 * @param encoder the layout to write
 */
export async function cutEncoder(state: string, prefix: string, encoder: StateLayout, to: string): Promise<void> {
  const from = await open(state);
  const out = await open(to, 'wx', 0o600);
  try {
    const { entries, dataStart } = await readHeader(from);
    await out.write(encoder.header);
    for (const tensor of encoder.tensors) {
      const entry = entries[`${prefix}${tensor.name}`];
      if (!entry || entry.shape.join() !== tensor.shape.join())
        throw new EncoderMismatchError(
          `The pretrained state has ${entry ? `${prefix}${tensor.name} of shape [${entry.shape.join(', ')}]` : `no ${prefix}${tensor.name}`}, ` +
            `and the classifier's encoder needs it with shape [${tensor.shape.join(', ')}]: it was pretrained with another ` +
            `model than the spec's. Pretrain under a new name.`,
        );
      const [begin, end] = entry.data_offsets;
      const buffer = Buffer.alloc(end - begin);
      await from.read(buffer, 0, buffer.length, dataStart + begin);
      await out.write(buffer);
    }
  } finally {
    await Promise.all([from.close(), out.close()]);
  }
}

async function readHeader(file: FileHandle): Promise<{ entries: Record<string, Entry>; dataStart: number }> {
  const length = Buffer.alloc(8);
  await file.read(length, 0, 8, 0);
  const header = Buffer.alloc(Number(length.readBigUInt64LE()));
  await file.read(header, 0, header.length, 8);
  return { entries: JSON.parse(header.toString()) as Record<string, Entry>, dataStart: 8 + header.length };
}
