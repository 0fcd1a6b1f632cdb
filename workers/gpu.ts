import { createGpuActivities } from '../activities/create';
import { machineMemory } from '../activities/machine/memory';
import { sweepScratch } from '../activities/machine/scratch';
import { Trainer } from '../activities/trainer';
import { setupPaths } from '../infra/setup';
import { GPU_QUEUE } from '../experiment/names';
import { serve } from './serve';
import { deviceSettings } from './settings';

/** Training and evaluation, one activity at a time on this worker's device. */
async function main(): Promise<void> {
  process.exitCode = await serve(process.env, async ({ settings, store, log }) => {
    const setup = setupPaths();
    const {
      device,
      threads,
      memory = device === 'cpu' ? machineMemory() : undefined,
    } = deviceSettings(process.env, setup);
    const { cache, identity: worker } = settings;
    const engine = { binding: setup.tensorflowBinding, libraryPath: setup.libraryPath };
    await sweepScratch(cache);
    const trainer = new Trainer({ engine, cache, device, threads });
    log.info({ device, threads }, 'Training runs here');
    return {
      taskQueue: GPU_QUEUE,
      maxConcurrentActivityTaskExecutions: 1,
      activities: createGpuActivities({ store, cache, worker, device, threads, memory, trainer }),
      close: () => trainer.stop(),
    };
  });
}

if (require.main === module) void main();
