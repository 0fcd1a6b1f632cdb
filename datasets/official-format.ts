import { DatasetError } from './errors';

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

/** One file as it comes. */
export interface FileEntry {
  name: string;
  bytes: number;
  content: AsyncIterable<Buffer>;
}

export function notPlain(what: string, type = 'link or something else'): DatasetError {
  return new DatasetError(
    `${what} is a ${type}, and only plain files are read. Use the official archive, or give the folder with the files.`,
  );
}

export const knownFiles = ({ checks, optional }: OfficialFormat) => [
  ...new Set([...Object.keys(checks), ...Object.keys(optional)]),
];

export function checkSize(name: string, bytes: number, format: OfficialFormat, where: string): void {
  const check = Object.hasOwn(format.checks, name) ? format.checks[name] : undefined;
  const most = Object.hasOwn(format.optional, name) ? format.optional[name] : undefined;
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
