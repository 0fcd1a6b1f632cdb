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
  /** Storage settings that do not count because the dev stack is used. */
  ignored: string[];
}

const sections: Record<string, readonly string[]> = {
  storage: ['bucket', 'prefix', 'endpoint', 'region', 'force_path_style', 'checksums'],
  temporal: ['ui'],
};

/** Where the config file is looked for: $XDG_CONFIG_HOME/durable-byol/config.toml. */
export const configFile = (environment: Environment): string =>
  join(environment['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'durable-byol', 'config.toml');

/**
 * Puts together where Temporal and storage are. The dev stack's workers know its own storage alone, so it is taken as a
 * whole or not at all: when `local` asks for it, or when no Temporal server is named and it is running. Otherwise the
 * environment wins over the config file.
 * @throws {CliFailure} naming the variable, or the file and line
 */
export async function resolveSettings(
  environment: Environment,
  stack: StackConnection | null,
  local: boolean,
): Promise<Settings> {
  if (local && stack) return ofStack(stack, []);
  const path = configFile(environment);
  const file = await readConfig(path);
  const config = envconfig(environment);
  const { address } = config.connectionOptions;
  const ownBucket = environment['BYOL_BUCKET'] || file.storage.bucket;
  if (stack && (address === undefined || (address === stack.temporal.address && !ownBucket)))
    return ofStack(stack, ignoredNames(environment, file));
  if (address === undefined) throw new CliFailure(exitCodes.unreachable, noServer);
  if (!ownBucket) throw new CliFailure(exitCodes.input, noBucket(path));
  return {
    storage: resolveStorageSettings({ environment, file: file.storage }),
    temporal: { connectionOptions: config.connectionOptions, namespace: config.namespace ?? 'default', address },
    uiUrl: file.temporal.ui,
    ignored: [],
  };
}

function ofStack({ temporal, s3, credentials }: StackConnection, ignored: string[]): Settings {
  const { address, namespace, uiUrl } = temporal;
  const storage = resolveStorageSettings({ environment: {}, stack: { ...s3, ...credentials } });
  return { storage, temporal: { connectionOptions: { address }, namespace, address }, uiUrl, ignored };
}

const ignoredNames = (environment: Environment, file: Config): string[] => [
  ...['BYOL_BUCKET', 'BYOL_PREFIX', 'BYOL_S3_ENDPOINT'].filter((name) => environment[name]),
  ...(Object.keys(file.storage).length > 0 ? ['[storage] of the config file'] : []),
];

const noServer =
  `No Temporal server is named, and no dev stack is running on this machine. Start one with "byol up" ` +
  `(or "byol start ... --up"), or name a server: TEMPORAL_ADDRESS (and TEMPORAL_NAMESPACE), or a profile in ` +
  `Temporal's own config file (temporal.toml).`;

const noBucket = (path: string) =>
  `A Temporal server is named, but no bucket: set BYOL_BUCKET (and BYOL_S3_ENDPOINT for a server other than AWS), or bucket ` +
  `under [storage] in ${path}. It has to be the bucket that the workers use.`;

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
