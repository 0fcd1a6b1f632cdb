import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { DatasetOf } from '../../experiment/datasets';
import { DatasetError } from '../errors';
import type { Importing } from '../importing';
import { isUrl, shownSource } from '../remote';
import { archiveFormat, listArchive } from './archive';
import { downloadArchive, fetchBucket, isBucket, type OpenBucket } from './fetch-source';
import { listFile as readList } from './list-file';
import { isMisread, listFolder, misread } from './list-folder';
import { isParquet, listParquet } from './list-parquet';

/** A file that may be an image; its content decides. */
export interface ImageFile {
  /** relative to the source, parts separated by "/", unique: the name of this image everywhere */
  path: string;
  /** where its bytes lie on this machine */
  file: string;
  bytes: number;
  /** null: to be decided by content */
  split: 'train' | 'validation' | 'test' | 'unlabelled' | null;
  /** name of its class; null where it has none */
  label: string | null;
}

export interface ImageListing {
  root: string;
  /** by path, in the order of code points */
  files: ImageFile[];
  /** files that are no candidates, with a reason each */
  skipped: { path: string; reason: string }[];
  /** sentences about what was found: empty class folders and the like */
  remarks: string[];
}

/** What a listing is given beside the source. */
export interface ListingOptions extends Pick<Importing, 'scratch' | 'signal' | 'onProgress'> {
  /** Expected of an archive that a URL names. */
  archive?: DatasetOf<'images'>['archive'];
  /** Absent: s3:// cannot be read here. */
  openBucket?: OpenBucket;
}

/**
 * The files of a source that may be images, with their splits and labels. What has to be fetched or unpacked goes to the
 * scratch folder; nothing is written to the source.
 * @param source a folder, an archive (path or URL), a list, Parquet files, or s3://bucket/prefix
 * @throws DatasetError, DownloadError, StorageError, the signal's own reason
 */
export async function listImages(source: string, options: ListingOptions): Promise<ImageListing> {
  if (isUrl(source)) return listFile(await downloadArchive(source, options.archive, options), source, options);
  if (!isBucket(source)) return listPath(source, source, options);
  if (options.openBucket === undefined)
    throw new DatasetError(
      `"${source}" lies in object storage, and no bucket is set up here. Copy it to a folder and give that.`,
    );
  return listPath(await fetchBucket(source, options.openBucket, options), source, options);
}

async function listPath(path: string, source: string, options: ListingOptions): Promise<ImageListing> {
  const found = await stat(path).catch(() => null);
  if (found?.isFile()) return listFile(path, source, options);
  if (!found && isMisread(path)) throw new DatasetError(`"${source}" cannot be opened: ${misread}.`);
  if (!found?.isDirectory())
    throw new DatasetError(
      `"${source}" is ${found ? 'no folder and no file' : 'not there'}. Give a folder with a folder of images for each class, an ` +
        `archive of one, a list or Parquet files, on the machine that looks at it.`,
    );
  const folder = await listFolder(path, options.signal);
  const tables = folder.files.filter((file) => /\.parquet$/i.test(file.path));
  const images = folder.files.length - tables.length;
  // A dataset's card and description lie beside its tables.
  if (tables.length === 0 || images > tables.length) return folder;
  return listParquet(
    path,
    tables.map((table) => table.path),
    options,
  );
}

/** @param source as the user named it */
async function listFile(file: string, source: string, options: ListingOptions): Promise<ImageListing> {
  const shown = shownSource(source);
  const format = await archiveFormat(file);
  if (format !== null) return listArchive(file, format, { ...options, shown });
  if (await isParquet(file)) return listParquet(dirname(file), [basename(file)], options);
  const isList = /\.(csv|tsv|jsonl|ndjson)$/i.test(shown);
  if (isList && (isUrl(source) || isBucket(source)))
    throw new DatasetError(
      `"${shown}" is a list, and the images that it names are not fetched with it. Give a list that lies on the machine with ` +
        `its images, or an archive or a bucket's folder of images.`,
    );
  if (isList) return readList(file, options.signal);
  throw new DatasetError(
    `"${shown}" is no archive (.tar, .tar.gz, .tgz, .zip), no Parquet file, and no list (.csv, .tsv, .jsonl). Give one of ` +
      `these, or a folder with a folder of images for each class.`,
  );
}

/**
 * Gives classes other names.
 * @param names by the names in the source
 * @throws DatasetError where two classes would have one name
 */
export function renameClasses(listing: ImageListing, names: Readonly<Record<string, string>>): ImageListing {
  const renamed = (label: string) => (Object.hasOwn(names, label) ? (names[label] as string) : label);
  const taken = new Map<string, string>();
  for (const label of new Set(listing.files.flatMap((file) => file.label ?? []))) {
    const other = taken.get(renamed(label));
    if (other !== undefined)
      throw new DatasetError(
        `dataset.classNames gives the classes "${other}" and "${label}" one name, "${renamed(label)}". Use a name for each.`,
      );
    taken.set(renamed(label), label);
  }
  const files = listing.files.map((file) => (file.label === null ? file : { ...file, label: renamed(file.label) }));
  return { ...listing, files };
}
