import { open } from 'node:fs/promises';
import type { StateLayout } from '../../training/state';
import { openSafetensors } from '../formats/safetensors';

/** A file of weights does not hold the encoder that is needed. */
export class EncoderMismatchError extends Error {
  readonly retryable = false;
  override readonly name = 'EncoderMismatchError';
}

/**
 * Cuts the encoder out of a pretraining state: a safetensors file of the tensors whose names start with `prefix`.
 * A tensor that is missing or of another shape is an error: an encoder that is loaded in part tells nothing.
 *
 * @param encoder the layout to write
 */
export async function cutEncoder(state: string, prefix: string, encoder: StateLayout, to: string): Promise<void> {
  const from = await openSafetensors(state);
  const out = await open(to, 'wx', 0o600);
  try {
    await out.write(encoder.header);
    for (const tensor of encoder.tensors) {
      const entry = from.entries[`${prefix}${tensor.name}`];
      if (!entry || entry.shape.join() !== tensor.shape.join())
        throw new EncoderMismatchError(
          `The pretrained state has ${entry ? `${prefix}${tensor.name} of shape [${entry.shape.join(', ')}]` : `no ${prefix}${tensor.name}`}, ` +
            `and the classifier's encoder needs it with shape [${tensor.shape.join(', ')}]: it was pretrained with another ` +
            `model than the spec's. Pretrain under a new name.`,
        );
      await out.write(await from.read(entry));
    }
  } finally {
    await Promise.all([from.close(), out.close()]);
  }
}
