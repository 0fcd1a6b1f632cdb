import { open, stat } from 'node:fs/promises';
import { UndecodableError } from './decode';
import { sniffFormat } from './format';

/** By so many first bytes it is known what a file is. */
const headBytes = 4096;

/**
 * The bytes of an image file. Of a file that is no image by its content only the beginning, by which `readImage` refuses it: a
 * folder of photos may hold films.
 * @throws UndecodableError for a device, a pipe or a folder; the system's error for what cannot be read
 */
export async function readImageFile(path: string): Promise<Buffer> {
  // Before it is opened: opening a pipe waits for somebody who writes into it.
  if (!(await stat(path)).isFile())
    throw new UndecodableError('not a file', 'it is a folder, a pipe or a device, and no file');
  const handle = await open(path);
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(headBytes), 0, headBytes, 0);
    const head = buffer.subarray(0, bytesRead);
    const sniffed = sniffFormat(head);
    return sniffed === null || 'unsupported' in sniffed ? head : await handle.readFile();
  } finally {
    await handle.close();
  }
}
