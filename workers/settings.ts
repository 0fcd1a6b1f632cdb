import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism, homedir, hostname } from 'node:os';
import { join } from 'node:path';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { ClientConnectConfig } from '@temporalio/envconfig';
import { resolveStorageSettings } from '../storage/settings';
import type { StorageSection, StorageSettings } from '../storage/settings';
import { WorkerError } from './worker-error';

export type Environment = Record<string, string | undefined>;

export interface WorkerSettings {
  temporal: ClientConnectConfig['connectionOptions'] & { address: string };
  namespace: string;
  storage: StorageSettings;
  /** Folder for what may be lost: downloads, programs, states on their way. */
  cache: string;
  /** Names this worker in Temporal, in metrics and in checkpoints. */
  identity: string;
}

/**
 * Where this worker's Temporal and storage are. The environment wins over the config file.
 *
 * @throws WorkerError, or StorageSettingsError, that names the variable or the file
 */
export async function readSettings(environment: Environment): Promise<WorkerSettings> {
  const { connectionOptions, namespace } = temporalSettings(environment);
  return {
    temporal: { ...connectionOptions, address: connectionOptions.address ?? 'localhost:7233' },
    namespace: namespace ?? 'default',
    storage: resolveStorageSettings({ environment, file: await storageSection(environment) }),
    cache: join(cacheFolder(environment), 'worker'),
    identity: environment['BYOL_WORKER_NAME'] || `${process.pid}@${hostname()}`,
  };
}

function cacheFolder(environment: Environment): string {
  const base = environment['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  return environment['BYOL_CACHE_DIR'] || join(base, 'durable-byol');
}

function temporalSettings(environment: Environment): ClientConnectConfig {
  const variables = Object.entries(environment).filter((entry): entry is [string, string] => Boolean(entry[1]));
  try {
    return loadClientConnectConfig({ overrideEnvVars: Object.fromEntries(variables) });
  } catch (cause) {
    const file = environment['TEMPORAL_CONFIG_FILE'] ?? "temporal.toml in Temporal's config folder";
    // A file without any [profile.x] makes the library fail with a bare TypeError.
    const remedy =
      cause instanceof TypeError
        ? 'Its settings have to stand under [profile.default]: address = "host:7233", namespace = "default".'
        : 'Correct it, or unset the TEMPORAL_* variable that it names.';
    throw new WorkerError(`Temporal's settings (${file}) cannot be used: ${messageOf(cause)}. ${remedy}`, { cause });
  }
}

async function storageSection(environment: Environment): Promise<StorageSection> {
  const base = environment['XDG_CONFIG_HOME'] || join(homedir(), '.config');
  const file = join(base, 'durable-byol', 'config.toml');
  if (!existsSync(file)) return {};
  const { parse } = await import('smol-toml'); // ES modules only
  try {
    const { storage = {} } = parse(readFileSync(file, 'utf8'));
    return storage as StorageSection;
  } catch (cause) {
    const why = messageOf(cause).split('\n')[0];
    throw new WorkerError(`The config file ${file} cannot be read: ${why}. Correct it, or move it away.`, { cause });
  }
}

export interface DeviceSettings {
  device: 'cpu' | 'gpu';
  /** Intra-op threads for runs that no checkpoint says otherwise of. */
  threads: number;
}

/**
 * BYOL_DEVICE (cpu or gpu) and BYOL_THREADS.
 *
 * @param built whether TensorFlow's CUDA build is set up
 * @throws WorkerError
 */
export function deviceSettings(environment: Environment, built: { gpu: boolean }): DeviceSettings {
  const device = environment['BYOL_DEVICE'] || (built.gpu ? 'gpu' : 'cpu');
  if (device !== 'cpu' && device !== 'gpu') {
    throw new WorkerError(`BYOL_DEVICE is "${device}". It may be cpu or gpu; unset, it is what set-up was made for.`);
  }
  if (device === 'gpu' && !built.gpu) {
    throw new WorkerError(
      'BYOL_DEVICE is gpu, but TensorFlow was set up without CUDA. Run "npm run setup -- --gpu" on a machine with an ' +
        'NVIDIA GPU, or set BYOL_DEVICE=cpu.',
    );
  }
  // The two views of a step run side by side, so that half of the cores for each is fastest (measured on two cores).
  const threads = environment['BYOL_THREADS'] || String(Math.max(1, Math.floor(availableParallelism() / 2)));
  if (!/^[1-9]\d{0,3}$/.test(threads)) {
    throw new WorkerError(`BYOL_THREADS is "${threads}". Give a whole number of threads from 1 to 9999, or unset it.`);
  }
  return { device, threads: Number(threads) };
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
