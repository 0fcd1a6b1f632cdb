import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline, Transform, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { extract, type Header } from 'tar-stream';
import { DatasetError, DownloadError } from './errors';
import { explainBreak, isUrl, openUrl, shownSource } from './remote';

/** Size in bytes and md5 that a file must have; without an md5 the size alone is checked. */
export interface FileCheck {
  bytes: number;
  md5?: string | undefined;
}

/** A dataset as its authors publish it: one .tar.gz with one folder of plain files. */
export interface OfficialFormat {
  /** as messages call it */
  name: string;
  /** name of the archive, and of the folder in it */
  archive: string;
  folder: string;
  checks: Readonly<Record<string, FileCheck>>;
  /** Files that may be there without a check, and their largest size in bytes. */
  optional: Readonly<Record<string, number>>;
  /** What the whole archive must be, where the source is one. */
  whole?: FileCheck | undefined;
}

/** One file of the dataset; its bytes are to be read before the next one comes. */
export interface DatasetEntry {
  name: string;
  bytes: number;
  content: AsyncIterable<Buffer>;
}

/**
 * The files of an official archive (a path or a URL, streamed) or of the folder it unpacks to, in the order they come,
 * each with a name that the format knows, once, and with the size that `checks` states. That the archive as a whole is
 * what it should be shows only at the end.
 * @param onBytes is told how many bytes of the archive have come, and of how many where that is known
 * @throws DatasetError, DownloadError, the signal's own reason
 */
export async function* officialFiles(
  source: string,
  format: OfficialFormat,
  signal: AbortSignal,
  onBytes: (bytes: number, total: number | undefined) => void,
): AsyncGenerator<DatasetEntry> {
  if (isUrl(source)) {
    const remote = await openUrl(source, signal);
    if (remote === null) throw missing(shownSource(source), format);
    yield* archiveEntries(remote.stream, remote.bytes, { source, format, signal, onBytes });
    return;
  }
  const found = await stat(source).catch(() => null);
  if (found === null) throw missing(source, format);
  if (found.isDirectory()) yield* folderEntries(source, format, signal);
  else yield* archiveEntries(createReadStream(source, { signal }), found.size, { source, format, signal, onBytes });
}

function missing(source: string, { archive }: OfficialFormat): DatasetError {
  return new DatasetError(
    `There is nothing at "${source}" (dataset.source). Give the path or URL of ${archive}, or the path of the ` +
      `folder it unpacks to, as the worker's machine sees it.`,
  );
}

async function* folderEntries(
  folder: string,
  format: OfficialFormat,
  signal: AbortSignal,
): AsyncGenerator<DatasetEntry> {
  const there = await readdir(folder, { withFileTypes: true });
  for (const name of knownFiles(format)) {
    const found = there.find((entry) => entry.name === name);
    if (found === undefined) continue;
    if (!found.isFile()) throw notPlain(`${name} in "${folder}"`);
    const path = join(folder, name);
    const { size } = await stat(path);
    checkSize(name, size, format, `"${folder}"`);
    yield { name, bytes: size, content: createReadStream(path, { highWaterMark: 1 << 20, signal }) };
  }
}

interface ArchiveReading {
  source: string;
  format: OfficialFormat;
  signal: AbortSignal;
  onBytes: (bytes: number, total: number | undefined) => void;
}

async function* archiveEntries(
  stream: Readable,
  total: number | undefined,
  reading: ArchiveReading,
): AsyncGenerator<DatasetEntry> {
  const { source, format, signal } = reading;
  const shown = `"${shownSource(source)}"`;
  const entries = extract();
  const seal = new Seal((bytes) => reading.onBytes(bytes, total), format.whole);
  // The pipeline destroys every stream with the first error, and the loop below throws it.
  pipeline(stream, seal.through, createGunzip(), limiter(format, shown), entries, () => undefined);
  const explain = (error: unknown) => {
    const broken = explainBreak(error, source, signal);
    return broken === error ? explainDamage(error, shown) : broken;
  };
  const seen = new Set<string>();
  try {
    for await (const entry of entries) {
      const name = nameOf(entry.header, format, shown);
      if (name !== null) {
        if (seen.has(name)) throw new DatasetError(`${shown} holds ${name} twice. Use the official archive.`);
        seen.add(name);
        checkSize(name, entry.header.size ?? 0, format, shown);
        yield { name, bytes: entry.header.size ?? 0, content: explained(entry as AsyncIterable<Buffer>, explain) };
      }
      entry.resume();
    }
    seal.check(shown);
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

/** The file's name within the archive's folder, or null for that folder itself. */
function nameOf(header: Header, { name: dataset, archive, folder }: OfficialFormat, shown: string): string | null {
  const { type } = header;
  const name = header.name.replace(/^\.\//, '');
  if (type === 'directory' && ['', folder, `${folder}/`].includes(name)) return null;
  const file = name.startsWith(`${folder}/`) ? name.slice(folder.length + 1) : '';
  if (!/^[A-Za-z0-9_.]+$/.test(file)) {
    throw new DatasetError(
      `${shown} is not ${dataset}'s archive: it holds "${name.slice(0, 200)}", and only files in ${folder}/ are allowed. ` +
        `Nothing of it was unpacked. Use the official ${archive}.`,
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

const knownFiles = ({ checks, optional }: OfficialFormat) => [
  ...new Set([...Object.keys(checks), ...Object.keys(optional)]),
];

function checkSize(name: string, bytes: number, format: OfficialFormat, where: string): void {
  const check = format.checks[name];
  const most = format.optional[name];
  if (check === undefined && most === undefined) {
    const known = knownFiles(format).join(', ');
    throw new DatasetError(
      `${where} holds "${name}", which is no file of ${format.name}: ${known}. Use the official archive.`,
    );
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

/** Counts and, where it is checked, hashes what goes through to the end. */
class Seal {
  private bytes = 0;
  private readonly md5 = createHash('md5');
  readonly through: Transform;

  constructor(
    tell: (bytes: number) => void,
    private readonly whole: FileCheck | undefined,
  ) {
    this.through = new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        if (whole) this.md5.update(chunk);
        tell((this.bytes += chunk.length));
        done(null, chunk);
      },
    });
  }

  /** @throws DatasetError */
  check(shown: string): void {
    if (!this.whole) return;
    const { bytes, md5 } = this.whole;
    const found = this.md5.digest('hex');
    if (this.bytes === bytes && (md5 === undefined || md5 === found)) return;
    throw new DatasetError(
      `${shown} is not the archive that was asked for: it should have ${bytes} bytes with the md5 ${md5} and has ` +
        `${this.bytes} with ${found}. Nothing of it is used. Fetch it again; for a dataset of your own in this format, ` +
        `state size and md5 of its files in dataset.files.`,
    );
  }
}

/**
 * Stops an archive that unpacks to more than the files that were asked for can have: their sizes, and room for tar's own
 * headers.
 */
function limiter({ name, checks, optional }: OfficialFormat, shown: string): Transform {
  const sizes = [...Object.values(checks).map((check) => check.bytes), ...Object.values(optional)];
  const most = sizes.reduce((sum, size) => sum + size, 1_000_000);
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes <= most) return done(null, chunk);
      return done(
        new DatasetError(
          `${shown} unpacks to more than the ${most} bytes that the files asked for can have. It is no archive of ` +
            `${name}, or one made to fill the disk; nothing of it is used. Use the official archive.`,
        ),
      );
    },
  });
}
