import { createGpuActivities } from '../activities/create';
import { devicePrecisions } from '../activities/machine/device-precision';
import { sweepScratch } from '../activities/machine/scratch';
import { Trainer } from '../activities/trainer';
import { setupPaths } from '../infra/setup-paths';
import { GPU_QUEUE } from '../experiment/names';
import { visibleGpus } from '../settings/gpus';
import { onFreeDevice } from './devices';
import { serve } from './serve';
import { deviceSettings } from './settings';

/** Training and evaluation, one activity at a time on each of this worker's devices: GPUs, or shares of a CPU. */
async function main(): Promise<void> {
  process.exitCode = await serve(process.env, async ({ settings, store, log }) => {
    const setup = setupPaths();
    const gpus = setup.gpu ? await visibleGpus(['compute_cap'], process.env) : undefined;
    const there = { gpu: setup.gpu, shown: gpus?.length };
    const { device, devices, threads, memory } = deviceSettings(process.env, there);
    const { cache, identity: worker } = settings;
    const engine = { binding: setup.tensorflowBinding, libraryPath: setup.libraryPath };
    await sweepScratch(cache);
    const trainers = devices.map(
      ({ visible }) => new Trainer({ engine: { ...engine, ...(visible && { visible }) }, cache, device, threads }),
    );
    const capabilities = gpus?.slice(0, devices.length).map(([capability]) => Number(capability));
    const computes = await devicePrecisions(device, capabilities);
    log.info({ device, devices: devices.length, threads, computes }, 'Training runs here');
    const shared = { store, cache, worker, device, devices: devices.length, memory, computes };
    return {
      taskQueue: GPU_QUEUE,
      maxConcurrentActivityTaskExecutions: devices.length,
      activities: onFreeDevice(trainers.map((trainer) => createGpuActivities({ ...shared, trainer }))),
      close: async () => void (await Promise.all(trainers.map((trainer) => trainer.stop()))),
    };
  });
}

if (require.main === module) void main();
