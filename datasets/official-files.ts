import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DatasetError } from './errors';
import { archiveEntries } from './official-archive';
import { checkSize, knownFiles, notPlain, type FileEntry, type OfficialFormat } from './official-format';
import { isUrl, openUrl, shownSource } from './remote';

/** One file of the dataset; its bytes are to be read before the next one comes, and are checked at their end. */
export interface DatasetEntry extends FileEntry {
  /** Of the bytes, once they have been read. */
  md5(): string;
}

/**
 * The files of an official archive (a path or a URL, streamed) or of the folder it unpacks to, in the order they come,
 * each with a name that the format knows, once, and with the size that `checks` states. That a file has its md5 shows when
 * its bytes have been read, that the archive as a whole is what it should be only at the end.
 * @param onBytes is told how many bytes of the archive have come, and of how many where that is known
 * @throws DatasetError, DownloadError, the signal's own reason
 */
export async function* officialFiles(
  source: string,
  format: OfficialFormat,
  signal: AbortSignal,
  onBytes: (bytes: number, total: number | undefined) => void,
): AsyncGenerator<DatasetEntry> {
  for await (const entry of entriesOf(source, format, signal, onBytes)) {
    const hash = createHash('md5');
    const wanted = format.checks[entry.name]?.md5;
    let md5 = '';
    async function* content() {
      yield* hashed(entry.content, hash, signal);
      md5 = hash.digest('hex');
      if (wanted !== undefined && md5 !== wanted) throw altered(entry.name, source, wanted, md5);
    }
    yield { name: entry.name, bytes: entry.bytes, content: content(), md5: () => md5 };
  }
}

/**
 * What tells sources apart whose checked files are equal: the md5 of each file in a folder that `checks` states none of,
 * such as names of classes; of an archive on this machine, where `whole` asks for it, its own. Nothing of a URL.
 */
export async function uncheckedContent(
  source: string,
  { checks, optional }: OfficialFormat,
  { whole, signal }: { whole: boolean; signal: AbortSignal },
): Promise<{ unchecked?: Record<string, string> }> {
  const found = isUrl(source) ? null : await stat(source).catch(() => null);
  if (!found || (!found.isDirectory() && !whole)) return {};
  const names = Object.keys(optional).filter((name) => checks[name]?.md5 === undefined);
  const paths = found.isDirectory()
    ? names.map((name) => [name, join(source, name)] as const)
    : [['', source] as const];
  const unchecked: Record<string, string> = {};
  for (const [name, path] of paths) {
    if (!(await stat(path).catch(() => null))?.isFile()) continue;
    const hash = createHash('md5');
    for await (const chunk of hashed(createReadStream(path, { signal }), hash, signal)) void chunk;
    unchecked[name] = hash.digest('hex');
  }
  return Object.keys(unchecked).length > 0 ? { unchecked } : {};
}

async function* hashed(content: AsyncIterable<Buffer>, hash: Hash, signal: AbortSignal): AsyncGenerator<Buffer> {
  for await (const chunk of content) {
    if (signal.aborted) throw signal.reason;
    hash.update(chunk);
    yield chunk;
  }
}

function altered(name: string, source: string, wanted: string, found: string): DatasetError {
  return new DatasetError(
    `${name} in "${shownSource(source)}" is not the file that was asked for: its md5 should be ${wanted} and is ` +
      `${found}. Nothing of it is used. Fetch it again; for a dataset of your own in this format, state size and md5 of ` +
      `its files in dataset.files.`,
  );
}

async function* entriesOf(
  source: string,
  format: OfficialFormat,
  signal: AbortSignal,
  onBytes: (bytes: number, total: number | undefined) => void,
): AsyncGenerator<FileEntry> {
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

async function* folderEntries(folder: string, format: OfficialFormat, signal: AbortSignal): AsyncGenerator<FileEntry> {
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
