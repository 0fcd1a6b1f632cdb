import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { ownFolderMarker } from '../../experiment/names';
import { DatasetError } from '../errors';
import { compareCodePoints } from './class-order';
import type { ImageFile, ImageListing } from './listing';

const splitFolders: Record<string, NonNullable<ImageFile['split']>> = {
  train: 'train',
  training: 'train',
  val: 'validation',
  valid: 'validation',
  validation: 'validation',
  test: 'test',
  testing: 'test',
  unlabelled: 'unlabelled',
  unlabeled: 'unlabelled',
  unsup: 'unlabelled',
  extra: 'unlabelled',
};

/** The split that a folder or a word names; undefined where it names none. */
export const splitNamed = (word: string): NonNullable<ImageFile['split']> | undefined =>
  splitFolders[word.toLowerCase()];
export const isSplitFolder = (name: string): boolean => splitNamed(name) !== undefined;

/**
 * Split and class of a file, by the folders it lies in: train, validation, test and unlabelled (and other spellings) at
 * the top are splits, other folders there and those below a split are classes; what lies deeper belongs to the class.
 */
export function placeOf(path: string): Pick<ImageFile, 'split' | 'label'> {
  const [top, second, third] = path.split('/');
  if (second === undefined || top === undefined) return { split: null, label: null };
  const split = splitNamed(top);
  if (split === undefined) return { split: null, label: top.normalize('NFC') };
  return { split, label: split === 'unlabelled' || third === undefined ? null : second.normalize('NFC') };
}

/** Files that systems leave behind and nobody means. */
export const isClutter = (name: string) => name.startsWith('.') || /^(thumbs\.db|desktop\.ini|__macosx)$/i.test(name);

/**
 * Every file of a folder and its subfolders that may be an image. Hidden files, what systems leave behind and folders
 * that byol made are passed over without a word.
 * @throws DatasetError for a folder that cannot be opened, the signal's own reason
 */
export async function listFolder(root: string, signal: AbortSignal): Promise<ImageListing> {
  const listing: ImageListing = { root, files: [], skipped: [], remarks: [] };
  const real = await realpath(root);
  /** @returns whether there is anything below: files, or folders of byol's own */
  const walk = async (folder: string): Promise<boolean> => {
    signal.throwIfAborted();
    const entries = await entriesOf(root, folder);
    if (folder !== '' && entries.some(({ name }) => name === ownFolderMarker)) return true;
    let something = false;
    for (const entry of entries) {
      if (isClutter(entry.name)) continue;
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      const found = entry.isDirectory() ? await walk(path) : await take(listing, real, path, entry);
      something ||= found;
    }
    if (!something && isClassFolder(folder))
      listing.remarks.push(`The folder "${folder}" is empty: it makes no class.`);
    return something;
  };
  await walk('');
  listing.files.sort((a, b) => compareCodePoints(a.path, b.path));
  listing.skipped.sort((a, b) => compareCodePoints(a.path, b.path));
  listing.remarks.sort();
  return listing;
}

/** Whether the folder, and not one above it, names a class. */
const isClassFolder = (folder: string) =>
  folder !== '' && placeOf(`${folder}/x`).label !== null && placeOf(folder).label === null;

async function entriesOf(root: string, folder: string): Promise<Dirent[]> {
  try {
    return await readdir(join(root, folder), { withFileTypes: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && isMisread(folder))
      throw new DatasetError(`The folder "${join(root, folder)}" cannot be opened: ${misread}.`, { cause: error });
    throw new DatasetError(
      `The folder "${join(root, folder)}" cannot be opened (${code}), so that nobody knows what it holds. Let it be read, or ` +
        `move it elsewhere.`,
      { cause: error },
    );
  }
}

/** Bytes that are not UTF-8 come as U+FFFD, and no file has that name then. */
export const isMisread = (path: string): boolean => path.includes('\ufffd');
export const misread = 'its name is not UTF-8, shown with \ufffd for what cannot be read: give it another name';

/** @returns whether it may be an image */
async function take(listing: ImageListing, real: string, path: string, entry: Dirent): Promise<boolean> {
  const file = join(listing.root, path);
  const skip = (reason: string) => {
    listing.skipped.push({ path, reason });
    return false;
  };
  if (entry.isSymbolicLink()) {
    const target = await realpath(file).catch(() => null);
    if (target === null) return skip(isMisread(path) ? misread : 'link to nothing');
    if (!target.startsWith(real + sep)) return skip('link out of the source');
  }
  const found = await stat(file).catch(() => null);
  if (!found && isMisread(path)) return skip(misread);
  if (!found?.isFile()) return skip(found?.isDirectory() ? 'link to a folder' : 'no plain file');
  listing.files.push({ path, file, bytes: found.size, ...placeOf(path) });
  return true;
}
