import { close, fstat, open, read } from 'node:fs';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { fromRandomAccessReaderPromise, RandomAccessReader, type Options, type ZipFile } from 'yauzl';

/**
 * Opens a zip. An offset in it that lies outside of the file is an error of the call that follows it; yauzl's own reader
 * throws where nobody can catch it, and ends the process.
 *
 * @throws Error of yauzl, in a few words
 */
export async function openZip(path: string, options: Options): Promise<ZipFile> {
  const fd = await promisify(open)(path, 'r');
  const reader = new FileReader(fd, (await promisify(fstat)(fd)).size);
  try {
    return await fromRandomAccessReaderPromise(reader, reader.bytes, options);
  } catch (error) {
    close(fd, () => undefined);
    throw error;
  }
}

class FileReader extends RandomAccessReader {
  constructor(
    private readonly fd: number,
    readonly bytes: number,
  ) {
    super();
  }

  override _readStreamForRange(start: number, end: number): Readable {
    const { fd } = this;
    const outside = this.outside(start, end);
    let position = start;
    // A ReadStream of a descriptor closes it when it is destroyed, and other streams read from this one.
    return new Readable({
      highWaterMark: 1 << 18,
      read(size) {
        if (outside) return void this.destroy(outside);
        const length = Math.min(size, end - position);
        if (length === 0) return void this.push(null);
        read(fd, Buffer.alloc(length), 0, length, position, (error, bytesRead, bytes) => {
          position += bytesRead;
          if (error) this.destroy(error);
          else this.push(bytesRead === 0 ? null : bytes.subarray(0, bytesRead));
        });
      },
    });
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null, bytesRead?: number) => void,
  ): void {
    const outside = this.outside(position, position + length);
    if (outside) setImmediate(callback, outside);
    else read(this.fd, buffer, offset, length, position, callback);
  }

  override close(callback: (error: Error | null) => void): void {
    close(this.fd, callback);
  }

  private outside(start: number, end: number): Error | undefined {
    if (start >= 0 && start <= end && end <= this.bytes) return undefined;
    return new Error(`it names bytes ${start} to ${end}, and the file has ${this.bytes}`);
  }
}
