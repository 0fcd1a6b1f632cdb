import { availableParallelism, hostname } from 'node:os';
import { join } from 'node:path';
import type { ClientConnectConfig } from '@temporalio/envconfig';
import { machineMemory } from '../activities/machine/memory';
import type { Threads } from '../activities/threads';
import { configFile, readConfig } from '../settings/config-file';
import { cacheFolder, type Environment } from '../settings/folders';
import { missingGpus, missingGpusRemedy } from '../settings/gpus';
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
  /** What this worker trains on: one training at a time on each. `visible`: CUDA_VISIBLE_DEVICES of it. */
  devices: { visible?: string }[];
  /** Intra-op threads for runs that no checkpoint says otherwise of. */
  threads: Threads;
  /** Bytes that training may take on each device; undefined: not known, on a GPU. */
  memory: number | undefined;
}

/**
 * BYOL_DEVICE (cpu or gpu), BYOL_DEVICES, BYOL_THREADS and BYOL_MEMORY_GB.
 *
 * A CPU counts as two devices: the step of a small network leaves a third of its cores idle, two beside each other leave
 * none (two cores, the quickstart's classifiers: 1.6 times the steps).
 *
 * @param there whether TensorFlow's CUDA build is set up, and how many GPUs nvidia-smi shows; undefined: not known
 * @throws WorkerError
 */
export function deviceSettings(
  environment: Environment,
  there: { gpu: boolean; shown?: number | undefined },
  machine = { cores: availableParallelism(), memory: machineMemory() },
): DeviceSettings {
  const device = environment['BYOL_DEVICE'] || (there.gpu ? 'gpu' : 'cpu');
  if (device !== 'cpu' && device !== 'gpu') {
    throw new WorkerError(`BYOL_DEVICE is "${device}". It may be cpu or gpu; unset, it is what set-up was made for.`);
  }
  if (device === 'gpu' && !there.gpu) {
    throw new WorkerError(
      'BYOL_DEVICE is gpu, but TensorFlow was set up without CUDA. Run "npm run setup -- --gpu" on a machine with an ' +
        'NVIDIA GPU, or set BYOL_DEVICE=cpu.',
    );
  }
  const visible = environment['CUDA_VISIBLE_DEVICES'];
  const count = positive(environment, 'BYOL_DEVICES', 'devices') ?? (device === 'cpu' ? Math.min(2, machine.cores) : 1);
  const given = visible ? visible.split(',') : Array.from({ length: count }, (_, at) => String(at));
  const threads = positive(environment, 'BYOL_THREADS', 'threads') ?? { cores: machine.cores, devices: count };
  if (device === 'cpu' && count > machine.cores) {
    throw new WorkerError(
      `BYOL_DEVICES is ${count}, but this machine has ${machine.cores} cores: give at most so many.`,
    );
  }
  if (device === 'gpu' && given.length < count) {
    throw new WorkerError(`BYOL_DEVICES is ${count}, but CUDA_VISIBLE_DEVICES shows ${given.length}: "${visible}".`);
  }
  const missing = device === 'gpu' && missingGpus(count, there.shown ?? count, environment);
  if (missing) throw new WorkerError(`${missing} ${missingGpusRemedy}`);
  const devices = Array.from({ length: count }, (_, at) => (device === 'gpu' ? { visible: given[at] as string } : {}));
  const memory = memoryOf(environment) ?? (device === 'cpu' ? machine.memory : undefined);
  return { device, devices, threads, memory: memory && memory / (device === 'cpu' ? count : 1) };
}

function positive(environment: Environment, name: string, of: string): number | undefined {
  const value = environment[name];
  if (value && !/^[1-9]\d{0,3}$/.test(value)) {
    throw new WorkerError(`${name} is "${value}". Give a whole number of ${of} from 1 to 9999, or unset it.`);
  }
  return value ? Number(value) : undefined;
}

function memoryOf(environment: Environment): number | undefined {
  const value = environment['BYOL_MEMORY_GB'];
  if (value && !(Number(value) > 0 && Number.isFinite(Number(value)))) {
    throw new WorkerError(
      `BYOL_MEMORY_GB is "${value}". Give the GB of memory that training may take, such as 16 or 7.5, or unset it.`,
    );
  }
  return value ? Number(value) * 1e9 : undefined;
}
