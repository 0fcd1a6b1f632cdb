import { createHash } from 'node:crypto';
import { pipeline, Transform, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { extract, type Header } from 'tar-stream';
import { DatasetError, DownloadError } from './errors';
import { checkSize, notPlain, type FileCheck, type FileEntry, type OfficialFormat } from './official-format';
import { explainBreak, shownSource } from './remote';

interface ArchiveReading {
  source: string;
  format: OfficialFormat;
  signal: AbortSignal;
  onBytes: (bytes: number, total: number | undefined) => void;
}

/** The files of an archive as it comes. @throws DatasetError, DownloadError, the signal's own reason */
export async function* archiveEntries(
  stream: Readable,
  total: number | undefined,
  reading: ArchiveReading,
): AsyncGenerator<FileEntry> {
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
