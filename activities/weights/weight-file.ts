import { open, stat } from 'node:fs/promises';
import { contiguousStrides, float32Values } from '../../training/weights/tensor-values';
import { oldTorchStart } from '../../training/weights/torch-pickle';
import type { TensorEntry } from '../../training/weights/safetensors-header';
import { WeightsError } from '../../training/weights/weights-error';
import { openSafetensors } from '../formats/safetensors';
import { openOldTorchFile } from './old-torch-file';
import { openTorchFile } from './torch-file';

/** A file of weights, open for reading one tensor after the other. */
export interface WeightFile {
  format: 'safetensors' | 'pytorch';
  /** By name, as PyTorch has them. */
  shapes: ReadonlyMap<string, readonly number[]>;
  /** What a reader should know of how it was read. */
  remarks: readonly string[];
  /** The values of one of them as float32, in PyTorch's order. */
  values(name: string): Promise<Float32Array>;
  close(): Promise<void>;
}

/**
 * Opens a file of weights: safetensors, or what torch.save wrote. Which it is, its first bytes say.
 *
 * @param shown the file's name for messages
 * @throws WeightsError that names the file
 */
export async function openWeights(path: string, shown = path): Promise<WeightFile> {
  try {
    const file = await openByContent(path);
    return { ...file, values: (name) => explained(shown, () => file.values(name), name) };
  } catch (error) {
    throw explain(error, shown);
  }
}

async function openByContent(path: string): Promise<WeightFile> {
  const head = await headOf(path);
  if (head.toString('latin1', 0, 4) === 'PK\x03\x04') return openTorchFile(path);
  if (head.subarray(0, oldTorchStart.length).equals(oldTorchStart)) return openOldTorchFile(path);
  if (head.toString('latin1', 257, 262) === 'ustar')
    throw new WeightsError(
      'it is a tar, which PyTorch wrote before version 0.2. Load it with a newer PyTorch and save its state dict again',
    );
  const reader = await openSafetensors(path);
  const { entries } = reader;
  return {
    format: 'safetensors',
    shapes: new Map(Object.entries(entries).map(([name, { shape }]) => [name, shape])),
    remarks: [],
    values: async (name) => {
      const entry = entries[name] as TensorEntry;
      const { dtype, shape } = entry;
      return float32Values(await reader.read(entry), dtype, { offset: 0, shape, strides: contiguousStrides(shape) });
    },
    close: () => reader.close(),
  };
}

/** Opening a pipe would wait for whoever writes into it, and reading a device never ends. */
async function headOf(path: string): Promise<Buffer> {
  const found = await stat(path);
  if (!found.isFile()) {
    const what = found.isDirectory() ? 'a folder' : found.isFIFO() ? 'a pipe' : 'a device or a socket';
    throw new WeightsError(`it is ${what}. Name a plain file of weights with model.weights`);
  }
  const file = await open(path);
  try {
    const head = Buffer.alloc(512);
    const { bytesRead } = await file.read(head, 0, head.length, 0);
    return head.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

async function explained<T>(shown: string, work: () => Promise<T>, name: string): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw explain(error, `${shown}, tensor ${name}`);
  }
}

/** Names the file in what was found wrong with it. */
function explain(error: unknown, shown: string): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (error instanceof WeightsError)
    return new WeightsError(`${shown} cannot be used as starting weights: ${message}.`, { cause: error });
  if (code === 'ENOENT' || code === 'EACCES')
    return new WeightsError(
      `${shown} cannot be read (${code}): look whether model.weights names a file that the workers can read.`,
      { cause: error },
    );
  if (/^E[A-Z]+$/.test(code ?? '')) return error;
  return new WeightsError(`${shown} cannot be used as starting weights: ${message}; it is cut short or damaged.`, {
    cause: error,
  });
}
