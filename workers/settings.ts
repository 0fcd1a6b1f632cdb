import { availableParallelism, hostname } from 'node:os';
import { join } from 'node:path';
import type { ClientConnectConfig } from '@temporalio/envconfig';
import { configFile, readConfig } from '../settings/config-file';
import { cacheFolder, type Environment } from '../settings/folders';
import { temporalSettings } from '../settings/temporal';
import { resolveStorageSettings } from '../storage/settings';
import type { StorageSettings } from '../storage/settings';
import { WorkerError } from './worker-error';

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
 * @throws SettingsError, or StorageSettingsError, that names the variable or the file
 */
export async function readSettings(environment: Environment): Promise<WorkerSettings> {
  const { connectionOptions, namespace } = temporalSettings(environment);
  const { storage } = await readConfig(configFile(environment));
  return {
    temporal: { ...connectionOptions, address: connectionOptions.address ?? 'localhost:7233' },
    namespace: namespace ?? 'default',
    storage: resolveStorageSettings({ environment, file: storage }),
    cache: join(cacheFolder(environment), 'worker'),
    identity: environment['BYOL_WORKER_NAME'] || `${process.pid}@${hostname()}`,
  };
}

export interface DeviceSettings {
  device: 'cpu' | 'gpu';
  /** Intra-op threads for runs that no checkpoint says otherwise of. */
  threads: number;
  /** Bytes that training may take; undefined: what the machine has, where training runs on its processors. */
  memory?: number;
}

/**
 * BYOL_DEVICE (cpu or gpu), BYOL_THREADS and BYOL_MEMORY_GB.
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
  const memory = environment['BYOL_MEMORY_GB'];
  if (memory && !(Number(memory) > 0 && Number.isFinite(Number(memory)))) {
    throw new WorkerError(
      `BYOL_MEMORY_GB is "${memory}". Give the GB of memory that training may take, such as 16 or 7.5, or unset it.`,
    );
  }
  return { device, threads: Number(threads), ...(memory ? { memory: Number(memory) * 1e9 } : {}) };
}
