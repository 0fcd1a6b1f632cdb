import { homedir } from 'node:os';
import path from 'node:path';

/** Variables of a process; those that are empty count as unset. */
export type Environment = Record<string, string | undefined>;

/** $BYOL_DATA_DIR, or durable-byol in the XDG data folder: what the local stack keeps. */
export const dataFolder = (environment: Environment): string =>
  named(environment['BYOL_DATA_DIR']) ?? xdg(environment['XDG_DATA_HOME'], '.local', 'share');

/** $BYOL_CACHE_DIR, or durable-byol in the XDG cache folder: what may be deleted when nothing runs. */
export const cacheFolder = (environment: Environment): string =>
  named(environment['BYOL_CACHE_DIR']) ?? xdg(environment['XDG_CACHE_HOME'], '.cache');

/** durable-byol in the XDG config folder. */
export const configFolder = (environment: Environment): string => xdg(environment['XDG_CONFIG_HOME'], '.config');

const named = (folder: string | undefined): string | undefined => (folder ? path.resolve(folder) : undefined);

/** A base that is not absolute does not count, by the XDG Base Directory Specification. Set-up has the same rule (cache.mjs). */
const xdg = (base: string | undefined, ...usual: string[]): string =>
  path.join(base && path.isAbsolute(base) ? base : path.join(homedir(), ...usual), 'durable-byol');
