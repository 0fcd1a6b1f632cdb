import { mkdir, open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { translateDiskError } from '../../storage/errors';
import { DatasetError } from '../errors';
import type { Importing } from '../importing';
import { compareCodePoints } from './class-order';
import type { ImageFile, ImageListing } from './listing';
import type { ParquetMessage, ParquetWork } from './parquet-reader';
import { mostUnpacked } from './unpacking';

/** By its first bytes. */
export async function isParquet(file: string): Promise<boolean> {
  const handle = await open(file);
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    return bytesRead === 4 && buffer.toString('latin1') === 'PAR1';
  } finally {
    await handle.close();
  }
}

/**
 * Images that stand in Parquet files, unpacked to the scratch folder: Hugging Face's layout. They are read in a thread of
 * their own.
 * @param paths of the Parquet files, below `root`
 * @throws DatasetError naming the file that cannot be used
 */
export async function listParquet(
  root: string,
  paths: readonly string[],
  { scratch, signal, onProgress }: Pick<Importing, 'scratch' | 'signal' | 'onProgress'>,
): Promise<ImageListing> {
  const to = join(scratch, 'unpacked');
  await mkdir(to);
  const files: ImageFile[] = [];
  const remarks: string[] = [];
  const sizes = await Promise.all(paths.map(async (path) => (await stat(join(root, path))).size));
  const mostBytes = mostUnpacked(sizes.reduce((sum, bytes) => sum + bytes, 0));
  const work: ParquetWork = { paths: [...paths].sort(compareCodePoints), root, to, mostBytes };
  const thread = new Worker(join(__dirname, 'parquet-reader.js'), { workerData: work });
  const stop = () => void thread.terminate();
  signal.addEventListener('abort', stop, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      thread.on('message', (message: ParquetMessage) => {
        if (message.type === 'images') {
          for (const image of message.images) files.push(image);
          onProgress({ file: root, bytes: 0, message: `unpacking ${files.length} images` });
        } else if (message.type === 'remark') remarks.push(message.remark);
        else if (message.type === 'done') resolve();
        else reject(failure(message, root, to));
      });
      thread.once('error', (error) => reject(unusable(root, String(error))));
      thread.once('exit', () => reject(signal.aborted ? (signal.reason as Error) : unusable(root, 'its reader ended')));
    });
  } finally {
    signal.removeEventListener('abort', stop);
    await thread.terminate();
  }
  files.sort((a, b) => compareCodePoints(a.path, b.path));
  return { root, files, skipped: [], remarks };
}

function failure({ path, why, code }: Extract<ParquetMessage, { type: 'wrong' }>, root: string, to: string): Error {
  const translated = translateDiskError({ code }, to);
  return translated instanceof Error ? translated : unusable(join(root, path), why);
}

const unusable = (file: string, why: string) =>
  new DatasetError(
    `"${file}" cannot be used: ${why}. Give Parquet files that hold image bytes, as Hugging Face stores them.`,
  );
