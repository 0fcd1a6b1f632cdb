import { gpusComputeBf16 } from '../experiment/precision';
import { setupPaths } from '../infra/setup-paths';
import { visibleGpus } from '../settings/gpus';
import { BenchArgumentError } from './arguments';

/** What both sides compute on. */
export type Device = 'cpu' | 'gpu';

/** The GPU that is measured. */
export interface Gpu {
  /** "NVIDIA H100 80GB HBM3, compute capability 9.0, driver 580.95" */
  name: string;
  bf16: boolean;
}

/**
 * The first GPU that this environment shows. Afterwards it shows no other: both sides are to have the same one.
 *
 * @throws BenchArgumentError where there is none, or TensorFlow was set up without CUDA
 */
export async function takeFirstGpu(environment: NodeJS.ProcessEnv, cuda = setupPaths().gpu): Promise<Gpu> {
  if (!cuda)
    throw new BenchArgumentError(
      '--device gpu: TensorFlow was set up without CUDA. Run "npm run setup -- --gpu" on a machine with an NVIDIA GPU.',
    );
  environment['CUDA_DEVICE_ORDER'] = 'PCI_BUS_ID'; // the numbers are then those of nvidia-smi
  environment['CUDA_VISIBLE_DEVICES'] = environment['CUDA_VISIBLE_DEVICES']?.split(',')[0] || '0';
  const [first] = (await visibleGpus(['name', 'compute_cap', 'driver_version'], environment)) ?? [];
  if (!first) throw new BenchArgumentError('--device gpu: nvidia-smi shows no GPU. Is the driver installed?');
  const [name, capability, driver] = first;
  return {
    name: `${name}, compute capability ${capability}, driver ${driver}`,
    bf16: gpusComputeBf16([Number(capability)]),
  };
}
