import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { translateDiskError } from '../../storage/errors';
import type { ParquetEmbeddings } from './embeddings-parquet-thread';

/**
 * Writes features as a Parquet file with the columns path (text) and embedding (list of float32), in a thread of its own.
 * @throws DiskFullError, the signal's own reason
 */
export async function writeParquet(work: ParquetEmbeddings, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const thread = new Worker(join(__dirname, 'embeddings-parquet-thread.js'), { workerData: work });
  const stop = () => void thread.terminate();
  signal.addEventListener('abort', stop, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      thread.once('error', reject);
      thread.once('exit', () => (signal.aborted ? reject(signal.reason as Error) : resolve()));
    });
  } catch (error) {
    throw translateDiskError(error, work.to);
  } finally {
    signal.removeEventListener('abort', stop);
    await thread.terminate();
  }
}
