import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline, Transform, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { extract, type Header } from 'tar-stream';
import { DatasetError, DownloadError } from './errors';
import { explainBreak, isUrl, openUrl, shownSource } from './remote';
import { optionalFiles, type FileCheck } from './stl10-files';

/** One file of the dataset; its bytes are to be read before the next one comes. */
export interface DatasetEntry {
  name: string;
  bytes: number;
  content: AsyncIterable<Buffer>;
}

/**
 * The files of stl10_binary.tar.gz (a path or a URL, streamed) or of the folder it unpacks to, in the order they come,
 * each with a name that the format knows, once, and with the size that `checks` states.
 * @param onBytes is told how many bytes of the archive have come, and of how many where that is known
 * @throws DatasetError, DownloadError, the signal's own reason
 */
export async function* stl10Entries(
  source: string,
  checks: Record<string, FileCheck>,
  signal: AbortSignal,
  onBytes: (bytes: number, total: number | undefined) => void,
): AsyncGenerator<DatasetEntry> {
  if (isUrl(source)) {
    const remote = await openUrl(source, signal);
    if (remote === null) throw missing(shownSource(source));
    yield* archiveEntries(remote.stream, remote.bytes, { source, checks, signal, onBytes });
    return;
  }
  const found = await stat(source).catch(() => null);
  if (found === null) throw missing(source);
  if (found.isDirectory()) yield* folderEntries(source, checks, signal);
  else yield* archiveEntries(createReadStream(source, { signal }), found.size, { source, checks, signal, onBytes });
}

function missing(source: string): DatasetError {
  return new DatasetError(
    `There is nothing at "${source}" (dataset.source). Give the path or URL of stl10_binary.tar.gz, or the path of the ` +
      `folder it unpacks to, as the worker's machine sees it.`,
  );
}

async function* folderEntries(
  folder: string,
  checks: Record<string, FileCheck>,
  signal: AbortSignal,
): AsyncGenerator<DatasetEntry> {
  const there = await readdir(folder, { withFileTypes: true });
  for (const name of [...new Set([...Object.keys(checks), ...Object.keys(optionalFiles)])]) {
    const found = there.find((entry) => entry.name === name);
    if (found === undefined) continue;
    if (!found.isFile()) throw notPlain(`${name} in "${folder}"`);
    const path = join(folder, name);
    const { size } = await stat(path);
    checkSize(name, size, checks, `"${folder}"`);
    yield { name, bytes: size, content: createReadStream(path, { highWaterMark: 1 << 20, signal }) };
  }
}

interface ArchiveReading {
  source: string;
  checks: Record<string, FileCheck>;
  signal: AbortSignal;
  onBytes: (bytes: number, total: number | undefined) => void;
}

async function* archiveEntries(
  stream: Readable,
  total: number | undefined,
  reading: ArchiveReading,
): AsyncGenerator<DatasetEntry> {
  const { source, checks, signal } = reading;
  const shown = `"${shownSource(source)}"`;
  const entries = extract();
  const counted = counter((bytes) => reading.onBytes(bytes, total));
  // The pipeline destroys every stream with the first error, and the loop below throws it.
  pipeline(stream, counted, createGunzip(), limiter(mostBytes(checks), shown), entries, () => undefined);
  const explain = (error: unknown) => {
    const broken = explainBreak(error, source, signal);
    return broken === error ? explainDamage(error, shown) : broken;
  };
  const seen = new Set<string>();
  try {
    for await (const entry of entries) {
      const name = nameOf(entry.header, shown);
      if (name !== null) {
        if (seen.has(name)) throw new DatasetError(`${shown} holds ${name} twice. Use the official archive.`);
        seen.add(name);
        checkSize(name, entry.header.size ?? 0, checks, shown);
        yield { name, bytes: entry.header.size ?? 0, content: explained(entry as AsyncIterable<Buffer>, explain) };
      }
      entry.resume();
    }
  } catch (error) {
    throw explain(error);
  } finally {
    stream.destroy();
  }
}

/** What goes wrong in the archive shows up where a file's bytes are read, as well as between files. */
async function* explained(
  content: AsyncIterable<Buffer>,
  explain: (error: unknown) => unknown,
): AsyncGenerator<Buffer> {
  try {
    yield* content;
  } catch (error) {
    throw explain(error);
  }
}

/** The file's name within stl10_binary/, or null for that folder itself. */
function nameOf(header: Header, shown: string): string | null {
  const { name, type } = header;
  if (type === 'directory' && /^(\.\/)?(stl10_binary\/?)?$/.test(name)) return null;
  const file = /^(?:\.\/)?stl10_binary\/([A-Za-z0-9_.]+)$/.exec(name)?.[1];
  if (file === undefined) {
    throw new DatasetError(
      `${shown} is not STL10's archive: it holds "${name.slice(0, 200)}", and only files in stl10_binary/ are allowed. ` +
        `Nothing of it was unpacked. Use the official stl10_binary.tar.gz.`,
    );
  }
  if (type !== 'file' && type !== 'contiguous-file') throw notPlain(`"${name}" in ${shown}`, String(type));
  return file;
}

function notPlain(what: string, type = 'something else'): DatasetError {
  return new DatasetError(
    `${what} is a ${type}, and only plain files are read. Use the official archive, or give the folder with the files.`,
  );
}

function checkSize(name: string, bytes: number, checks: Record<string, FileCheck>, where: string): void {
  const check = checks[name];
  const most = optionalFiles[name];
  if (check === undefined && most === undefined) {
    const known = [...new Set([...Object.keys(checks), ...Object.keys(optionalFiles)])].join(', ');
    throw new DatasetError(`${where} holds "${name}", which is no file of STL10: ${known}. Use the official archive.`);
  }
  if (check ? check.bytes === bytes : bytes <= (most as number)) return;
  throw new DatasetError(
    `${name} in ${where} has ${bytes} bytes, and ${check ? `${check.bytes}` : `at most ${most}`} were expected: it is ` +
      `not the file that was asked for, or it was cut. Fetch it again; for a dataset of your own in this format, state ` +
      `size and md5 of its files in dataset.files.`,
  );
}

function explainDamage(error: unknown, shown: string): unknown {
  const { code, message } = error as { code?: string; message?: string };
  const damaged =
    code?.startsWith('Z_') || /^(Unexpected end of data|Invalid (tar )?header|Header exceeds)/.test(message ?? '');
  if (!damaged || error instanceof DownloadError) return error;
  return new DatasetError(
    `${shown} cannot be read as a .tar.gz archive (${message}): it is cut short or altered. Nothing of it is used. Fetch ` +
      `it again and compare its md5 with the one that its source states.`,
    { cause: error },
  );
}

function counter(tell: (bytes: number) => void): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      tell((bytes += chunk.length));
      done(null, chunk);
    },
  });
}

/** More than this cannot be the files that were asked for: sizes, and room for tar's own headers. */
function mostBytes(checks: Record<string, FileCheck>): number {
  const files = Object.values(checks).reduce((sum, { bytes }) => sum + bytes, 0);
  return files + Object.values(optionalFiles).reduce((sum, bytes) => sum + bytes, 0) + 1_000_000;
}

/** Stops an archive that unpacks to more than it may. */
function limiter(most: number, shown: string): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes <= most) return done(null, chunk);
      return done(
        new DatasetError(
          `${shown} unpacks to more than the ${most} bytes that the files asked for can have. It is no archive of ` +
            `STL10, or one made to fill the disk; nothing of it is used. Use the official archive.`,
        ),
      );
    },
  });
}
