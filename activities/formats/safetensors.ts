import { open, type FileHandle } from 'node:fs/promises';
import {
  longestHeader,
  readSafetensorsHeader,
  writeSafetensorsHeader,
  type TensorEntry,
} from '../../training/weights/safetensors-header';
import { WeightsError } from '../../training/weights/weights-error';

/** A safetensors file (github.com/huggingface/safetensors) that is open for reading, tensor by tensor. */
export interface SafetensorsReader {
  entries: Record<string, TensorEntry>;
  /** The bytes of one tensor. */
  read(entry: TensorEntry): Promise<Buffer>;
  close(): Promise<void>;
}

/** @throws WeightsError where it is no safetensors file, or not a whole one */
export async function openSafetensors(path: string): Promise<SafetensorsReader> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    if (size < 8) throw new WeightsError('it is too short to be a safetensors file');
    const length = Number((await readAt(file, 0, 8)).readBigUInt64LE());
    if (length > Math.min(longestHeader, size - 8))
      throw new WeightsError(`its header is said to have ${length} bytes: it is no safetensors file, or cut short`);
    const entries = readSafetensorsHeader((await readAt(file, 8, length)).toString(), size - 8 - length);
    return {
      entries,
      read: ({ data_offsets: [begin, end] }) => readAt(file, 8 + length + begin, end - begin),
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  for (let at = 0; at < length;) {
    const { bytesRead } = await file.read(buffer, at, length - at, position + at);
    if (bytesRead === 0) throw new Error('the file ends before its tensors do');
    at += bytesRead;
  }
  return buffer;
}

/** A float32 tensor to be written; `values` is called when its turn comes, so that one is in memory at a time. */
export interface TensorToWrite {
  name: string;
  shape: readonly number[];
  values: () => Promise<Float32Array>;
}

/** Writes a new file. @param metadata texts that readers can ask for */
export async function writeSafetensors(
  path: string,
  metadata: Record<string, string>,
  tensors: readonly TensorToWrite[],
): Promise<void> {
  const { header } = writeSafetensorsHeader(metadata, tensors);
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(header);
    for (const { values } of tensors) {
      const { buffer, byteOffset, byteLength } = await values();
      await file.writeFile(Buffer.from(buffer, byteOffset, byteLength));
    }
  } finally {
    await file.close();
  }
}
