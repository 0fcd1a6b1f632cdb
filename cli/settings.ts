import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { loadClientConnectConfig, type ClientConnectConfig } from '@temporalio/envconfig';
import { suggest } from '../experiment/suggest';
import { resolveStorageSettings, type StorageSection, type StorageSettings } from '../storage/settings';
import { CliFailure, exitCodes } from './failure';
import type { StackConnection } from './stack';

type Environment = Record<string, string | undefined>;

export interface Settings {
  storage: StorageSettings;
  temporal: ClientConnectConfig & { namespace: string; address: string };
  /** Address of the Temporal UI, where it is known. */
  uiUrl: string | undefined;
}

const sections: Record<string, readonly string[]> = {
  storage: ['bucket', 'prefix', 'endpoint', 'region', 'force_path_style', 'checksums'],
  temporal: ['ui'],
};

/** Where the config file is looked for: $XDG_CONFIG_HOME/durable-byol/config.toml. */
export const configFile = (environment: Environment): string =>
  join(environment['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'durable-byol', 'config.toml');

/**
 * Puts together where storage and Temporal are: the environment wins over the config file, the file over a dev stack
 * that runs on this machine. Storage comes from the dev stack as a whole or not at all: a bucket of one's own is never
 * mixed with its endpoint and credentials.
 * @throws {CliFailure} naming the file and line, or the variable
 */
export async function resolveSettings(environment: Environment, stack: StackConnection | null): Promise<Settings> {
  const file = await readConfig(configFile(environment));
  const temporal = temporalSettings(environment, stack);
  return {
    storage: storageFrom(environment, file.storage, stack),
    temporal,
    uiUrl: file.temporal.ui ?? (temporal.address === stack?.temporal.address ? stack.temporal.uiUrl : undefined),
  };
}

function storageFrom(environment: Environment, file: StorageSection, stack: StackConnection | null): StorageSettings {
  const named = [environment['BYOL_BUCKET'], environment['BYOL_S3_ENDPOINT'], file.bucket, file.endpoint].some(Boolean);
  if (named || stack === null) {
    if (!environment['BYOL_BUCKET'] && !file.bucket)
      throw new CliFailure(
        exitCodes.input,
        `No bucket is named, and no dev stack is running on this machine. Start one with "byol up" (or "byol start ... --up"), ` +
          `or name your bucket: BYOL_BUCKET (and BYOL_S3_ENDPOINT for a server other than AWS), or bucket under [storage] ` +
          `in ${configFile(environment)}.`,
      );
    return resolveStorageSettings({ environment, file });
  }
  const own = Object.entries(environment).filter(([name]) => !name.startsWith('AWS_'));
  return resolveStorageSettings({
    environment: Object.fromEntries(own),
    file,
    stack: { ...stack.s3, ...stack.credentials },
  });
}

function temporalSettings(environment: Environment, stack: StackConnection | null): Settings['temporal'] {
  const config = envconfig(environment);
  const address = config.connectionOptions.address ?? stack?.temporal.address;
  if (address === undefined)
    throw new CliFailure(
      exitCodes.unreachable,
      `No Temporal server is named, and no dev stack is running on this machine. Start one with "byol up" ` +
        `(or "byol start ... --up"), or name a server: TEMPORAL_ADDRESS (and TEMPORAL_NAMESPACE), or a profile in ` +
        `Temporal's own config file (temporal.toml).`,
    );
  const ofStack = address === stack?.temporal.address ? stack.temporal.namespace : undefined;
  return {
    connectionOptions: { ...config.connectionOptions, address },
    namespace: config.namespace ?? ofStack ?? 'default',
    address,
  };
}

function envconfig(environment: Environment): ClientConnectConfig {
  const variables = Object.fromEntries(Object.entries(environment).filter(([, value]) => value)) as Record<
    string,
    string
  >;
  try {
    return loadClientConnectConfig({ overrideEnvVars: variables });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const file = variables['TEMPORAL_CONFIG_FILE'] ?? "temporal.toml in Temporal's config folder";
    // A file without any [profile.x] makes the library fail with a bare TypeError.
    const remedy =
      error instanceof TypeError
        ? `It has to have its settings under [profile.default]: address = "host:7233", namespace = "default".`
        : `Correct it, or unset the TEMPORAL_* variable that it names.`;
    throw new CliFailure(exitCodes.input, `Temporal's settings (${file}) cannot be used: ${why}. ${remedy}`, {
      cause: error,
    });
  }
}

interface Config {
  storage: StorageSection;
  temporal: { ui?: string };
}

async function readConfig(path: string): Promise<Config> {
  if (!existsSync(path)) return { storage: {}, temporal: {} };
  const { parse } = await import('smol-toml'); // ES modules only
  let values;
  try {
    values = parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const { line, column } = error as { line?: number; column?: number };
    const where = line === undefined ? path : `${path}, line ${line}, column ${column}`;
    const why = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new CliFailure(
      exitCodes.input,
      `The config file cannot be read (${where}): ${why}. Correct it, or move it away.`,
      {
        cause: error,
      },
    );
  }
  checkKeys(values, path);
  return { storage: {}, temporal: {}, ...values };
}

function checkKeys(values: Record<string, unknown>, path: string): void {
  const refuse = (name: string, given: string, known: readonly string[]) => {
    const [near] = suggest(given, known);
    const hint = near ? ` Did you mean ${near}?` : '';
    throw new CliFailure(exitCodes.input, `${name} in ${path} is not a setting.${hint} Allowed: ${known.join(', ')}.`);
  };
  for (const [section, content] of Object.entries(values)) {
    const known = sections[section];
    if (!known || typeof content !== 'object' || content === null)
      return refuse(
        `"${section}"`,
        section,
        Object.keys(sections).map((name) => `[${name}]`),
      );
    for (const key of Object.keys(content)) if (!known.includes(key)) refuse(`"${key}" under [${section}]`, key, known);
  }
}
