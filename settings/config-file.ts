import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { suggest } from '../experiment/suggest';
import type { StorageSection } from '../storage/settings';
import { configFolder, type Environment } from './folders';
import { messageOf, SettingsError } from './settings-error';

/** What config.toml may say; the environment wins over it. */
export interface Config {
  storage: StorageSection;
  temporal: { ui?: string };
}

/** Every key that config.toml may have, by its section. */
export const configKeys: Readonly<Record<keyof Config, readonly string[]>> = {
  storage: ['bucket', 'prefix', 'endpoint', 'region', 'force_path_style', 'checksums'],
  temporal: ['ui'],
};

/** Where the config file is looked for: $XDG_CONFIG_HOME/durable-byol/config.toml. */
export const configFile = (environment: Environment): string => path.join(configFolder(environment), 'config.toml');

/**
 * The config file's content; empty sections where there is none.
 * @throws {SettingsError} naming the file, and the line or the key
 */
export async function readConfig(file: string): Promise<Config> {
  if (!existsSync(file)) return { storage: {}, temporal: {} };
  const { parse } = await import('smol-toml'); // ES modules only
  let values;
  try {
    values = parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    const { line, column } = cause as { line?: number; column?: number };
    const where = line === undefined ? file : `${file}, line ${line}, column ${column}`;
    const why = messageOf(cause).split('\n')[0];
    throw new SettingsError(`The config file cannot be read (${where}): ${why}. Correct it, or move it away.`, {
      cause,
    });
  }
  checkKeys(values, file);
  return { storage: {}, temporal: {}, ...values };
}

function checkKeys(values: Record<string, unknown>, file: string): void {
  const refuse = (name: string, given: string, known: readonly string[]) => {
    const [near] = suggest(given, known);
    const hint = near ? ` Did you mean ${near}?` : '';
    throw new SettingsError(`${name} in ${file} is not a setting.${hint} Allowed: ${known.join(', ')}.`);
  };
  const sections = Object.keys(configKeys).map((name) => `[${name}]`);
  for (const [section, content] of Object.entries(values)) {
    const known = Object.hasOwn(configKeys, section) ? configKeys[section as keyof Config] : undefined;
    if (!known || typeof content !== 'object' || content === null) return refuse(`"${section}"`, section, sections);
    for (const key of Object.keys(content)) if (!known.includes(key)) refuse(`"${key}" under [${section}]`, key, known);
  }
}
