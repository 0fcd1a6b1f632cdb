import { loadClientConnectConfig, type ClientConnectConfig } from '@temporalio/envconfig';
import type { Environment } from './folders';
import { messageOf, SettingsError } from './settings-error';

/**
 * Where Temporal is, by TEMPORAL_* and Temporal's own config file; what neither names is left out.
 * @throws {SettingsError} naming the file
 */
export function temporalSettings(environment: Environment): ClientConnectConfig {
  const variables = Object.entries(environment).filter((entry): entry is [string, string] => Boolean(entry[1]));
  try {
    return loadClientConnectConfig({ overrideEnvVars: Object.fromEntries(variables) });
  } catch (cause) {
    const file = environment['TEMPORAL_CONFIG_FILE'] || "temporal.toml in Temporal's config folder";
    // A file without any [profile.x] makes the library fail with a bare TypeError.
    const remedy =
      cause instanceof TypeError
        ? 'Its settings have to stand under [profile.default]: address = "host:7233", namespace = "default".'
        : 'Correct it, or unset the TEMPORAL_* variable that it names.';
    throw new SettingsError(`Temporal's settings (${file}) cannot be used: ${messageOf(cause)}. ${remedy}`, { cause });
  }
}
