import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createCpuActivities } from '../activities/create';
import { sweepScratch } from '../activities/machine/scratch';
import { CPU_QUEUE } from '../experiment/names';
import { serve } from './serve';
import { ownVersion } from './version';

/** Made when the project is built; without it the worker bundles the workflows itself, which takes seconds. */
const bundle = join(__dirname, '..', 'workflow-bundle.js');

/** Workflows, fetching and reporting. */
async function main(): Promise<void> {
  process.exitCode = await serve(process.env, async ({ settings, store }) => {
    const scratch = join(settings.cache, 'import');
    await sweepScratch(scratch);
    return {
      taskQueue: CPU_QUEUE,
      ...(existsSync(bundle)
        ? { workflowBundle: { codePath: bundle } }
        : { workflowsPath: join(__dirname, '..', 'workflows', 'index.js') }),
      maxConcurrentActivityTaskExecutions: 4,
      activities: createCpuActivities({ store, scratch, ...ownVersion(process.env) }),
    };
  });
}

if (require.main === module) void main();
