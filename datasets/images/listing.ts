import { stat } from 'node:fs/promises';
import { DatasetError } from '../errors';
import { listFolder } from './list-folder';

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
export interface Listing {
  /** Folder for what has to be unpacked or fetched. */
  scratch: string;
  signal: AbortSignal;
}

/**
 * The files of a source that may be images, with their splits and labels. Nothing is written to the source.
 * @param source a folder
 * @throws DatasetError, the signal's own reason
 */
export async function listImages(source: string, { signal }: Listing): Promise<ImageListing> {
  const found = await stat(source).catch(() => null);
  if (found?.isDirectory()) return listFolder(source, signal);
  throw new DatasetError(
    `"${source}" is ${found ? 'no folder' : 'not there'}. Give a folder with a folder of images for each class, on the machine ` +
      `that looks at it.`,
  );
}
