import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import type { StorageSettings } from '../../storage/settings';
import { setupPaths, type SetupPaths } from '../setup-paths';
import { settle, type Check } from './check';
import { checkCpu, checkDisk, checkGpu, checkMemory, checkNode } from './machine';
import { setUpModule } from './set-up-module';
import { checkBucket, checkTemporal, type TemporalTarget } from './services';

export interface Patient {
  /** The dev stack's data folder. */
  dataDir: string;
  /** The Temporal server that commands would talk to; undefined when none is named or running. */
  temporal?: TemporalTarget | undefined;
  /** The bucket that commands would talk to; undefined when none is named or running. */
  storage?: StorageSettings | undefined;
}

const run = promisify(execFile);
const SET_UP = 'Run "npm run setup" in the project\'s folder.';

/**
 * Looks at everything that a run needs, one check after the other for what takes long, and changes nothing but one small
 * object that it removes again.
 */
export async function examine(patient: Patient): Promise<Check[]> {
  let setup: SetupPaths | undefined;
  const place = await settle('set-up', SET_UP, async () => {
    setup = setupPaths();
    return { status: 'ok', detail: `engine in ${path.dirname(setup.tensorflowBinding)}` };
  });
  const parts = setup ? await Promise.all([checkEngine(setup), ...checkServers(setup)]) : [];
  const services = await Promise.all([checkTemporal(patient.temporal), checkBucket(patient.storage)]);
  return [
    await checkNode(),
    await checkPackages(),
    place,
    ...parts,
    await checkCpu(),
    await checkGpu(setup?.gpu === true),
    checkMemory(),
    checkDisk(patient.dataDir, 'disk'),
    ...services.flat(),
  ];
}

/** Loads TensorFlow in a process of its own, as the engine does. */
function checkEngine(setup: SetupPaths): Promise<Check> {
  return settle(
    'engine',
    `${SET_UP} If it stays: delete the cache folder that "set-up" names, and run it again.`,
    async () => {
      const script = 'process.stdout.write(String(require(process.argv[1]).TF_Version))';
      const environment = { ...process.env, LD_LIBRARY_PATH: setup.libraryPath, TF_CPP_MIN_LOG_LEVEL: '3' };
      const { stdout } = await run(process.execPath, ['-e', script, setup.tensorflowBinding], {
        env: environment,
        timeout: 60_000,
      });
      return { status: 'ok', detail: `TensorFlow ${stdout}${setup.gpu ? ' for CUDA' : ''}` };
    },
  );
}

function checkServers(setup: SetupPaths): Promise<Check>[] {
  return [
    settle('temporal server', SET_UP, async () => {
      const { stdout } = await run(setup.temporal, ['--version'], { timeout: 20_000 });
      return { status: 'ok', detail: stdout.trim().replace(/^temporal version /, 'CLI ') };
    }),
    settle('s3 server', SET_UP, async () => {
      const { stdout } = await run(setup.weed, ['version'], { timeout: 20_000 });
      return { status: 'ok', detail: `SeaweedFS ${/\d+\.\d+/.exec(stdout)?.[0] ?? stdout.trim()}` };
    }),
  ];
}

/** Whether node_modules is what the lockfile says, by the rule that set-up uses. */
function checkPackages(): Promise<Check> {
  return settle('npm packages', SET_UP, async () => {
    const root = path.join(__dirname, '..', '..', '..');
    const { packagesMatch } = await setUpModule<{ packagesMatch: (root: string) => boolean }>('packages');
    if (packagesMatch(root)) return { status: 'ok', detail: 'as in package-lock.json' };
    return { status: 'warn', detail: 'not those of package-lock.json', remedy: SET_UP };
  });
}
