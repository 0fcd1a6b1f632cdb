// @ts-check
import { command } from './command.mjs';
import { onPath } from './host.mjs';

/** SeaweedFS before this let several conditional writers win: a checkpoint's HEAD needs exactly one. */
const SEAWEEDFS = [4, 48];
/** The Temporal CLI whose server has priorities, task queue fairness and the UI that shows current details. */
const TEMPORAL = [1, 5];

/**
 * @param {string} text a program's version line
 * @param {RegExp} pattern finds major and minor
 * @param {number[]} least
 */
export function isSuitable(text, pattern, least) {
  const found = pattern.exec(text);
  if (!found) return false;
  const [major, minor] = [Number(found[1]), Number(found[2])];
  return major === least[0] && minor >= (least[1] ?? 0);
}

/**
 * Servers of the user's own that stand on PATH in a suitable version; those are used and not fetched.
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<{ temporal?: string, weed?: string }>}
 */
export async function serversOnPath(env) {
  const [temporal, weed] = [onPath('temporal', env), onPath('weed', env)];
  const [temporalSays, weedSays] = await Promise.all([
    temporal ? command(temporal, ['--version']) : undefined,
    weed ? command(weed, ['version']) : undefined,
  ]);
  return {
    ...(temporal && isSuitable(temporalSays?.stdout ?? '', /version v?(\d+)\.(\d+)/, TEMPORAL) ? { temporal } : {}),
    ...(weed && isSuitable(weedSays?.stdout ?? '', /\s(\d+)\.(\d+)/, SEAWEEDFS) ? { weed } : {}),
  };
}
