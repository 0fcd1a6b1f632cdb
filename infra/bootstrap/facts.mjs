// @ts-check
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { addonFolder } from './addon.mjs';
import { isWhole, writeWhole } from './cache.mjs';
import { partFolder } from './wheel.mjs';

/** @param {string} root */
const factsFile = (root) => path.join(root, 'dist', 'setup.json');

/** @param {string} root @returns {{ gpu?: boolean } | undefined} what the last set-up of this clone wrote */
export function readFacts(root) {
  try {
    return JSON.parse(readFileSync(factsFile(root), 'utf8'));
  } catch {
    return undefined;
  }
}

/** @param {import('./set-up.mjs').Plan} plan */
export async function writeFacts(plan) {
  writeWhole(factsFile(plan.root), JSON.stringify(await makeFacts(plan), null, 2));
}

/**
 * Where everything is, for the program: infra/setup-paths.ts has the schema.
 * @param {import('./set-up.mjs').Plan} plan whose npm packages are there
 */
export async function makeFacts(plan) {
  const tensorflow = partFolder(plan.cache, plan.tensorflow);
  const testServer = partFolder(plan.cache, plan.table['test-server']);
  return {
    temporal: plan.servers.temporal ?? path.join(partFolder(plan.cache, plan.table.temporal), 'temporal'),
    weed: plan.servers.weed ?? path.join(partFolder(plan.cache, plan.table.seaweedfs), 'weed'),
    ...(plan.test || (await isWhole(testServer)) ? { testServer: path.join(testServer, 'temporal-test-server') } : {}),
    tensorflowBinding: path.join(addonFolder(plan.root, plan.cache, tensorflow), 'tfjs_binding.node'),
    libraryPath: [
      path.join(tensorflow, 'tensorflow'),
      ...plan.cuda.flatMap((pin) => cudaFolders(partFolder(plan.cache, pin))),
    ].join(':'),
    gpu: plan.gpu,
  };
}

/** @param {string} part @returns {string[]} the folders of its shared libraries */
function cudaFolders(part) {
  const nvidia = path.join(part, 'nvidia');
  if (!existsSync(nvidia)) return [];
  return readdirSync(nvidia)
    .map((name) => path.join(nvidia, name, 'lib'))
    .filter((folder) => existsSync(folder));
}
