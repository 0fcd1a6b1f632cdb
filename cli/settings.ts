import type { ClientConnectConfig } from '@temporalio/envconfig';
import { configFile, readConfig, type Config } from '../settings/config-file';
import type { Environment } from '../settings/folders';
import { temporalSettings } from '../settings/temporal';
import {
  environmentNames,
  parseStorageSettings,
  resolveStorageSettings,
  type StorageSettings,
} from '../storage/settings';
import { CliFailure, exitCodes } from './failure';
import type { StackConnection } from './stack';

export interface Settings {
  storage: StorageSettings;
  temporal: ClientConnectConfig & { namespace: string; address: string };
  /** Address of the Temporal UI, where it is known. */
  uiUrl: string | undefined;
  /** Storage settings that do not count because the dev stack is used. */
  ignored: string[];
}

/**
 * Puts together where Temporal and storage are. The dev stack's workers know its own storage alone, so it is taken as a
 * whole or not at all: when `local` asks for it, or when no Temporal server is named and it is running. Otherwise the
 * environment wins over the config file.
 * @throws {CliFailure} for what is not named at all, {SettingsError} naming the variable, or the file and line
 */
export async function resolveSettings(
  environment: Environment,
  stack: StackConnection | null,
  local: boolean,
): Promise<Settings> {
  if (local) {
    if (stack) return ofStack(stack, []);
    throw new CliFailure(exitCodes.unreachable, 'The local stack has just stopped: run the same command again.');
  }
  const path = configFile(environment);
  const file = await readConfig(path);
  const config = temporalSettings(environment);
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

/**
 * Where storage is, for a command that needs nothing else: the storage that `resolveSettings` leads to, and a bucket that
 * is named where Temporal is not, or where its settings cannot be read.
 * @throws {CliFailure} where no bucket is named, {SettingsError} for a config file that cannot be read
 */
export async function resolveStorage(
  environment: Environment,
  stack: StackConnection | null,
): Promise<Pick<Settings, 'storage' | 'ignored'>> {
  const path = configFile(environment);
  const file = await readConfig(path);
  const ownBucket = environment['BYOL_BUCKET'] || file.storage.bucket;
  const address = addressOf(environment);
  const ofOwn = () => ({ storage: resolveStorageSettings({ environment, file: file.storage }), ignored: [] });
  if (address === null && ownBucket) return ofOwn();
  if (stack && (!address || (address === stack.temporal.address && !ownBucket)))
    return ofStack(stack, ignoredNames(environment, file));
  if (ownBucket) return ofOwn();
  if (!address) throw new CliFailure(exitCodes.unreachable, noStorage(path));
  throw new CliFailure(exitCodes.input, noBucket(path));
}

/** Of the Temporal server that is named; undefined where none is, null where its settings cannot be read. */
function addressOf(environment: Environment): string | undefined | null {
  try {
    return temporalSettings(environment).connectionOptions.address;
  } catch {
    return null; // told by the commands that need it
  }
}

function ofStack({ temporal, s3, credentials }: StackConnection, ignored: string[]): Settings {
  const { address, namespace, uiUrl } = temporal;
  const storage = parseStorageSettings({ ...s3, ...credentials });
  return { storage, temporal: { connectionOptions: { address }, namespace, address }, uiUrl, ignored };
}

const ignoredNames = (environment: Environment, file: Config): string[] => [
  ...Object.values(environmentNames).filter((name) => name.startsWith('BYOL_') && environment[name]),
  ...(Object.keys(file.storage).length > 0 ? ['[storage] of the config file'] : []),
];

const noServer =
  `No Temporal server is named, and no dev stack is running on this machine. Start one with "byol up" ` +
  `(or "byol start ... --up"), or name a server: TEMPORAL_ADDRESS (and TEMPORAL_NAMESPACE), or a profile in ` +
  `Temporal's own config file (temporal.toml).`;

const noStorage = (path: string) =>
  `No bucket is named, and no dev stack is running on this machine. Start one with "byol up", or name the bucket that the ` +
  `workers use: BYOL_BUCKET (and BYOL_S3_ENDPOINT for a server other than AWS), or bucket under [storage] in ${path}.`;

const noBucket = (path: string) =>
  `A Temporal server is named, but no bucket: set BYOL_BUCKET (and BYOL_S3_ENDPOINT for a server other than AWS), or bucket ` +
  `under [storage] in ${path}. It has to be the bucket that the workers use.`;
