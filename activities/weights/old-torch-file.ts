import { open, type FileHandle } from 'node:fs/promises';
import { stateDictOf } from '../../training/weights/state-dict';
import { float32Values, itemBytes } from '../../training/weights/tensor-values';
import { readOldTorchPickle, type Storage, type StoredTensor } from '../../training/weights/torch-pickle';
import { WeightsError } from '../../training/weights/weights-error';
import type { WeightFile } from './weight-file';

/** Bytes at a file's beginning in which its pickles must end. */
const longestPickles = 64 * 2 ** 20;

/**
 * Opens a file of torch.save as PyTorch wrote it before version 1.6 (torch/serialization.py, _legacy_save): pickles, then one
 * storage after the other. Nothing in it is run.
 *
 * @throws WeightsError
 */
export async function openOldTorchFile(path: string): Promise<WeightFile> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const { value, storages, from } = readOldTorchPickle(await piece(file, 0, Math.min(size, longestPickles)));
    const { tensors, remarks } = stateDictOf(value);
    const places = await placesOf(file, storages, from, size);
    return {
      format: 'pytorch',
      shapes: new Map([...tensors].map(([name, { view }]) => [name, view.shape])),
      remarks,
      values: async (name) => {
        const { storage, view } = tensors.get(name) as StoredTensor;
        const bytes = await piece(file, places.get(storage) as number, storage.items * itemBytes[storage.dtype]);
        return float32Values(bytes, storage.dtype, view);
      },
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Where the values of each storage begin. */
async function placesOf(file: FileHandle, storages: readonly Storage[], from: number, size: number) {
  const places = new Map<Storage, number>();
  let at = from;
  for (const storage of storages) {
    const { key, dtype, items } = storage;
    const end = at + 8 + items * itemBytes[dtype];
    const found = end <= size ? Number((await piece(file, at, 8)).readBigInt64LE()) : 'fewer';
    if (found !== items)
      throw new WeightsError(
        `its storage ${JSON.stringify(key.slice(0, 100))} should have ${items} items and has ${found}`,
      );
    places.set(storage, at + 8);
    at = end;
  }
  return places;
}

async function piece(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await file.read(bytes, 0, length, position);
  if (bytesRead < length) throw new WeightsError('it is cut short');
  return bytes;
}
