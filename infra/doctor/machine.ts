import { execFile } from 'node:child_process';
import { existsSync, readFileSync, statfsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { cpuComputesBf16 } from '../../experiment/precision';
import type { Environment } from '../../settings/folders';
import { missingGpus, missingGpusRemedy, visibleGpus } from '../../settings/gpus';
import { settle, type Check } from './check';
import { setUpModule } from './set-up-module';

const run = promisify(execFile);
const GB = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;

/** Node's version, by the rule that set-up uses. */
export function checkNode(version = process.versions.node): Promise<Check> {
  return settle('node', 'Install node 22 or 24.', async () => {
    const { requireNode } = await setUpModule<{ requireNode: (version: string) => void }>('host');
    requireNode(version);
    return { status: 'ok', detail: version };
  });
}

/** The CPU's features that decide how fast TensorFlow trains; those of the kernel's list, or macOS's. */
export async function checkCpu(flags?: string): Promise<Check> {
  const model = os.cpus()[0]?.model.trim() ?? 'unknown CPU';
  const cores = os.availableParallelism();
  return settle('cpu', 'Tell us about this machine in an issue.', async () => {
    const text = ` ${flags ?? (await cpuFlags())} `;
    const has = (name: string) => text.includes(` ${name} `);
    const names: [string, boolean][] = [
      ['AVX2', has('avx2')],
      ['AVX-512', has('avx512f')],
      ['bf16', has('avx512_bf16') || has('amx_bf16') || has('bf16')],
      ['AMX', has('amx_tile')],
      ['NEON', has('asimd') || process.arch === 'arm64'],
    ];
    const features = names.filter(([, there]) => there).map(([name]) => name);
    const bf16 = cpuComputesBf16(text) ? 'bf16 is fast here' : 'precision=auto takes fp32';
    const detail = `${model}, ${cores} cores, ${features.join(', ') || 'no vector features'}; oneDNN is switched on, ${bf16}`;
    if (features.length > 0) return { status: 'ok', detail };
    return { status: 'warn', detail, remedy: 'TensorFlow wants AVX at least: expect it to be slow, or not to start.' };
  });
}

async function cpuFlags(): Promise<string> {
  if (process.platform === 'linux')
    return /^(?:flags|Features)\s*:\s*(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? '';
  const { stdout } = await run('sysctl', ['-n', 'hw.optional.arm.FEAT_BF16']);
  return stdout.trim() === '1' ? 'asimd bf16' : 'asimd';
}

/** The NVIDIA driver's cards that are visible, and whether the engine could use as many as a worker would be told to. */
export async function checkGpu(setUpForGpu: boolean, environment: Environment = process.env): Promise<Check> {
  const cards = await visibleGpus(['name', 'memory.total', 'driver_version'], environment);
  if (!setUpForGpu && !cards?.length) return { name: 'gpu', status: 'ok', detail: 'none: training runs on the CPU' };
  if (cards === undefined) {
    const remedy = 'Install the NVIDIA driver (nvidia-smi has to work), or go back with "npm run setup -- --cpu".';
    return { name: 'gpu', status: 'fail', detail: 'set up with --gpu, but no NVIDIA driver answers', remedy };
  }
  const detail = cards.map((card) => card.join(', ')).join('; ');
  const trains = setUpForGpu && environment['BYOL_DEVICE'] !== 'cpu';
  const missing = trains && missingGpus(Number(environment['BYOL_DEVICES'] || 1), cards.length, environment);
  if (missing) return { name: 'gpu', status: 'fail', detail: `${missing} ${detail}`.trim(), remedy: missingGpusRemedy };
  if (setUpForGpu) return { name: 'gpu', status: 'ok', detail };
  const remedy = 'Run "npm run setup -- --gpu" to train on it.';
  return { name: 'gpu', status: 'warn', detail: `${detail}; not used: the engine is TensorFlow for CPUs`, remedy };
}

/** Free room where the data and the cache lie. */
export function checkDisk(folder: string, what: string): Check {
  let there = folder;
  while (!existsSync(there)) there = path.dirname(there);
  const { bavail, bsize } = statfsSync(there);
  const free = bavail * bsize;
  const detail = `${GB(free)} free in ${folder}`;
  if (free > 5e9) return { name: what, status: 'ok', detail };
  return {
    name: what,
    status: free > 1e9 ? 'warn' : 'fail',
    detail,
    remedy: 'Make room, or name a folder on another disk.',
  };
}

export function checkMemory(total = os.totalmem()): Check {
  const detail = `${GB(total)}, ${GB(os.freemem())} of it free`;
  if (total > 3.5e9) return { name: 'memory', status: 'ok', detail };
  const remedy = 'The quickstart fits into 4 GB; ResNet-18 on STL10 wants 8.';
  return { name: 'memory', status: 'warn', detail, remedy };
}
