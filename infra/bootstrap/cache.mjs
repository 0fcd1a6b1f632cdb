// @ts-check
import { createHash } from 'node:crypto';
import {
  createReadStream,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { SetupError } from './setup-error.mjs';

/**
 * The folder for everything downloaded or built: outside the tree, shared by all clones of this user.
 * @param {NodeJS.ProcessEnv} env
 */
export function cacheFolder(env) {
  if (env['BYOL_CACHE_DIR']) return path.resolve(env['BYOL_CACHE_DIR']);
  const base = env['XDG_CACHE_HOME'];
  return path.join(base && path.isAbsolute(base) ? base : path.join(os.homedir(), '.cache'), 'durable-byol');
}

/** @typedef {{ path: string, size: number, sha256: string, mtimeMs: number }} InstalledFile */

/**
 * Turns a folder that was filled elsewhere into an installed part: records its files, then renames it into place, so
 * that a part is either there whole or not there.
 * @param {string} staged
 * @param {string} target
 * @param {{ path: string, size: number, sha256: string }[]} files
 */
export function install(staged, target, files) {
  const installed = files.map((file) => ({ ...file, mtimeMs: statSync(path.join(staged, file.path)).mtimeMs }));
  writeFileSync(path.join(staged, 'manifest.json'), JSON.stringify({ files: installed }));
  rmSync(target, { recursive: true, force: true });
  mkdirSync(path.dirname(target), { recursive: true });
  renameSync(staged, target);
}

/**
 * Whether an installed part is whole: every file has its recorded size, and one whose time stamp moved also its
 * recorded content. Reads no content when nothing was touched, so that the second set-up takes no time.
 * @param {string} target
 * @returns {Promise<boolean>}
 */
export async function isWhole(target) {
  /** @type {InstalledFile[]} */
  let files;
  try {
    files = JSON.parse(readFileSync(path.join(target, 'manifest.json'), 'utf8')).files;
    if (!Array.isArray(files) || files.length === 0) return false;
  } catch {
    return false;
  }
  for (const file of files) {
    const stat = statSync(path.join(target, file.path), { throwIfNoEntry: false });
    if (!stat || stat.size !== file.size) return false;
    if (stat.mtimeMs !== file.mtimeMs && (await sha256(path.join(target, file.path))) !== file.sha256) return false;
  }
  return true;
}

/**
 * @param {string} file
 * @returns {Promise<string>} the SHA-256 of a file, in hexadecimal
 */
export async function sha256(file) {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk);
  return hash.digest('hex');
}

/**
 * Writes a file so that a reader sees the old content or the new, never a part.
 * @param {string} file
 * @param {string} content
 */
export function writeWhole(file, content) {
  mkdirSync(path.dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}.tmp`;
  writeFileSync(temporary, content);
  renameSync(temporary, file);
}

/**
 * @param {string} folder where the bytes will go; need not exist yet
 * @param {number} needed bytes
 * @throws {SetupError} when the disk has less room than that
 */
export function requireRoom(folder, needed) {
  let existing = folder;
  while (!existsSync(existing)) existing = path.dirname(existing);
  const { bavail, bsize } = statfsSync(existing);
  const free = bavail * bsize;
  if (free >= needed) return;
  const GB = (/** @type {number} */ bytes) => `${(bytes / 1e9).toFixed(1)} GB`;
  throw new SetupError(
    `There is not enough room on the disk of ${folder}: set-up needs ${GB(needed)} and ${GB(free)} are free. ` +
      `Make room, or name a folder on another disk in BYOL_CACHE_DIR, and run this again.`,
  );
}
