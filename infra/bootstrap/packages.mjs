// @ts-check
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { command, complaint } from './command.mjs';
import { progress } from './progress.mjs';
import { SetupError } from './setup-error.mjs';

/**
 * Whether node_modules holds what the lockfile says: npm's own record of it, written last by npm, names the same
 * version and hash for each package, and each package's folder is there.
 * @param {string} root the clone
 */
export function packagesMatch(root) {
  const record = path.join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(record)) return false;
  /** @type {Record<string, { version?: string, integrity?: string, optional?: boolean, peer?: boolean }>} */
  const wanted = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')).packages;
  /** @type {typeof wanted} */
  let installed;
  try {
    installed = JSON.parse(readFileSync(record, 'utf8')).packages;
  } catch {
    return false;
  }
  return Object.entries(wanted).every(([folder, entry]) => {
    if (folder === '') return true;
    const found = installed[folder];
    if (!found) return entry.optional === true;
    const same = found.version === entry.version && (!entry.integrity || found.integrity === entry.integrity);
    return same && existsSync(path.join(root, folder, 'package.json'));
  });
}

/**
 * Installs the packages of the committed lockfile, without running any package's install script.
 * @param {string} root the clone
 * @param {{ lock: number, env: NodeJS.ProcessEnv }} context
 * @throws {SetupError} when npm fails
 */
export async function bringPackages(root, { lock, env }) {
  if (packagesMatch(root)) return;
  await progress.part('npm packages', {}, async () => {
    rmSync(path.join(root, 'node_modules', '.package-lock.json'), { force: true }); // a killed npm must not look finished
    const flags = [
      '--ignore-scripts',
      '--include=dev',
      '--include=optional',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
    ];
    const npm = await command('npm', ['ci', ...flags], { cwd: root, lock, env });
    if (npm.code === 0) return;
    const remedy = /ENOSPC/.test(npm.stderr)
      ? 'The disk is full: make room and run this again.'
      : npm.code === 127
        ? 'npm comes with node: install node with its npm and run this again.'
        : 'Check the network and, behind a proxy or a mirror, npm\'s settings ("npm config get registry"), and run this again.';
    throw new SetupError(`"npm ci" in ${root} failed: ${complaint(npm)}. ${remedy}`);
  });
}
