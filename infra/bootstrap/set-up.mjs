// @ts-check
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { bringAddon, findCompiler } from './addon.mjs';
import { build, buildMatches } from './build.mjs';
import { cacheFolder, isWhole, requireRoom } from './cache.mjs';
import { endCommands } from './command.mjs';
import { makeFacts, readFacts, writeFacts } from './facts.mjs';
import { requireNode, requirePip, requirePlatform, requirePython } from './host.mjs';
import { takeLock } from './lock.mjs';
import { bringPackages, packagesMatch } from './packages.mjs';
import { cudaLibraries, cudaTensorflow } from './pins-cuda.mjs';
import { pins } from './pins.mjs';
import { progress } from './progress.mjs';
import { serversOnPath } from './servers.mjs';
import { SetupError } from './setup-error.mjs';
import { bringWheel, partFolder } from './wheel.mjs';

/** @typedef {import('./pins.mjs').Pin} Pin */

/**
 * @typedef {object} Wanted
 * @property {string} root the clone
 * @property {boolean | undefined} gpu undefined: as last time
 * @property {boolean} test whether the tests' extra server is wanted
 * @property {NodeJS.ProcessEnv} env
 */

/**
 * @typedef {object} Plan what this set-up has to bring, and where to
 * @property {string} root
 * @property {string} cache
 * @property {boolean} gpu
 * @property {boolean} test
 * @property {NodeJS.ProcessEnv} env
 * @property {Record<import('./pins.mjs').Part, Pin>} table this platform's pins
 * @property {{ temporal?: string, weed?: string }} servers those on PATH
 * @property {Pin} tensorflow
 * @property {Pin[]} cuda
 * @property {Pin[]} parts all wheels, the two above included
 */

/**
 * Brings everything that the program needs and writes dist/setup.json, which says where it is.
 * @param {Wanted} wanted
 * @throws {SetupError} with the remedy
 */
export async function setUp(wanted) {
  requireNode(process.versions.node);
  const plan = await makePlan(wanted);
  if (await isComplete(plan)) return;
  const python = requirePython(plan.env);
  const lock = await takeLock(plan.cache, python);
  try {
    await requireHost(plan, python);
    await bringAll(plan, python, lock.descriptor);
    await build(plan.root, lock.descriptor);
  } finally {
    lock.release();
  }
}

/** @param {Wanted} wanted @returns {Promise<Plan>} */
async function makePlan(wanted) {
  const platform = requirePlatform(process.platform, process.arch);
  const table = pins[platform];
  const gpu = wanted.gpu ?? readFacts(wanted.root)?.gpu === true;
  if (gpu && platform !== 'linux-x64') {
    throw new SetupError(
      `--gpu fetches TensorFlow for CUDA, which exists for Linux x86-64 only; this is ${platform}. Run it without --gpu.`,
    );
  }
  const servers = await serversOnPath(wanted.env);
  const tensorflow = gpu ? cudaTensorflow(table.tensorflow) : table.tensorflow;
  const cuda = gpu ? cudaLibraries : [];
  const parts = [tensorflow, ...cuda];
  if (!servers.temporal) parts.push(table.temporal);
  if (!servers.weed) parts.push(table.seaweedfs);
  if (wanted.test) parts.push(table['test-server']);
  return { ...wanted, gpu, table, servers, tensorflow, cuda, parts, cache: cacheFolder(wanted.env) };
}

/** @param {Plan} plan @returns {Promise<boolean>} whether there is nothing to do */
async function isComplete(plan) {
  if (!packagesMatch(plan.root)) return false;
  const facts = await makeFacts(plan);
  if (JSON.stringify(readFacts(plan.root)) !== JSON.stringify(facts)) return false;
  if ((await missingParts(plan)).length > 0) return false;
  return (await isWhole(path.dirname(facts.tensorflowBinding))) && buildMatches(plan.root);
}

/** @param {Plan} plan @returns {Promise<Pin[]>} */
async function missingParts(plan) {
  const whole = await Promise.all(plan.parts.map((pin) => isWhole(partFolder(plan.cache, pin))));
  return plan.parts.filter((_, index) => !whole[index]);
}

/**
 * @param {Plan} plan
 * @param {string} python
 * @throws {SetupError} when pip or room on the disk is missing
 */
async function requireHost(plan, python) {
  const missing = await missingParts(plan);
  const packages = packagesMatch(plan.root);
  if (missing.length > 0) {
    await requirePip(python);
    requireRoom(plan.cache, missing.reduce((sum, pin) => sum + pin.bytes + pin.unpacked, 0) + 500e6);
    progress.note(`Setting up durable-byol. Downloads go to ${plan.cache}; another folder: BYOL_CACHE_DIR.`);
  }
  if (!packages) requireRoom(plan.root, 800e6);
}

/**
 * Everything at once, since each part waits for something else: the network, a disk, a core.
 * @param {Plan} plan
 * @param {string} python
 * @param {number} lock
 */
async function bringAll(plan, python, lock) {
  const { root, cache, env } = plan;
  for (const folder of ['staging', 'wheels']) mkdirSync(path.join(cache, folder), { recursive: true });
  const wheel = (/** @type {Pin} */ pin) => bringWheel({ cache, python, lock, env }, pin);
  /** @type {Promise<string> | undefined} */
  let zig;
  const bringZig = () => (zig ??= wheel(plan.table.zig));
  const parts = Promise.all(plan.parts.map(wheel));
  const packages = bringPackages(root, { lock, env });
  const addon = (async () => {
    const early = (await findCompiler(env)) ? [] : [bringZig()];
    const [tensorflow] = await Promise.all([wheel(plan.tensorflow), packages, ...early]);
    await bringAddon({ root, cache, lock, env, tensorflow, bringZig });
  })();
  await firstFailureEndsAll([parts, packages, addon]);
  rmSync(path.join(cache, 'staging'), { recursive: true, force: true });
  rmSync(path.join(cache, 'wheels'), { recursive: true, force: true });
  rmSync(partFolder(cache, plan.table.zig), { recursive: true, force: true }); // 240 MB that nothing needs again
  await writeFacts(plan);
}

/**
 * Waits for all; when one fails the programs of the others are ended, so that nothing runs on after the error is shown.
 * @param {Promise<unknown>[]} work
 */
async function firstFailureEndsAll(work) {
  /** @type {unknown} */
  let first;
  const guarded = work.map((promise) =>
    promise.catch((error) => {
      first ??= error;
      endCommands();
    }),
  );
  await Promise.all(guarded);
  if (first !== undefined) throw first;
}
