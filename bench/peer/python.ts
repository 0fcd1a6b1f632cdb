import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { cacheFolder, type Environment } from '../../settings/folders';
import { hugePages } from '../../engine/client';
import type { Device } from '../gpu';
import type { PeerPython } from './process';

/** PyTorch and what its side of the bench is made of; the versions that figures of record name. */
export const peerPackages = { torch: '2.15.0', torchvision: '0.29.2', kornia: '0.9.0', numpy: '2.4.6' } as const;

/** The peer cannot be set up; the message says why and what to do. */
export class PeerSetupError extends Error {
  override readonly name = 'PeerSetupError';
}

/**
 * A Python with PyTorch: the one that BYOL_BENCH_PYTHON names, else a virtual environment in the cache folder, which is
 * made when it is missing, with pip's own settings (index, proxy, certificates).
 *
 * @throws PeerSetupError
 */
export async function peerPython(
  variables: Environment,
  say: (line: string) => void,
  device: Device = 'cpu',
): Promise<PeerPython> {
  const cache = join(cacheFolder(variables), 'bench');
  // As our engine asks for them: the same memory on both sides.
  const environment = { ...process.env, ...hugePages, TORCHINDUCTOR_CACHE_DIR: join(cache, 'inductor') };
  const named = variables['BYOL_BENCH_PYTHON'];
  const path = named || (await ownPython(cache, device, say));
  const probe = spawnSync(path, ['-c', 'import torch, torchvision, kornia'], { encoding: 'utf8', env: environment });
  if (probe.status === 0) return { path, environment };
  const complaint = probe.error?.message ?? lastLine(probe.stderr);
  throw new PeerSetupError(
    named
      ? `BYOL_BENCH_PYTHON names ${named}, which cannot import torch, torchvision and kornia: ${complaint}. Install them ` +
          `there, or unset the variable: the bench then makes an environment of its own.`
      : `The environment in ${cache} cannot import torch, torchvision and kornia: ${complaint}. Remove that folder and run ` +
          `the bench again, or name a python that can in BYOL_BENCH_PYTHON.`,
  );
}

/** Written last, so that an environment that was cut off is made anew. */
const record = 'byol-bench.json';

async function ownPython(cache: string, device: Device, say: (line: string) => void): Promise<string> {
  const folder = join(cache, `torch-${peerPackages.torch}${device === 'gpu' ? '-cuda' : ''}`);
  const python = join(folder, 'bin', 'python');
  const wanted = JSON.stringify(peerPackages);
  if (existsSync(python) && readRecord(folder) === wanted) return python;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(cache, { recursive: true });
  say(`Setting up PyTorch ${peerPackages.torch} to compare with, in ${folder} (another python: BYOL_BENCH_PYTHON).`);
  const made = await run('python3', ['-m', 'venv', folder], () => undefined);
  if (made.code !== 0) throw venvError(made);
  await installPackages(cache, python, device, say);
  writeFileSync(join(folder, record), wanted);
  return python;
}

function readRecord(folder: string): string | null {
  try {
    return readFileSync(join(folder, record), 'utf8');
  } catch {
    return null;
  }
}

/** For a CPU on Linux the build for CPUs alone first: without it the CUDA libraries come along, which are fifteen times as large. */
async function installPackages(
  cache: string,
  python: string,
  device: Device,
  say: (line: string) => void,
): Promise<void> {
  const { torch, torchvision, ...others } = peerPackages;
  const rest = Object.entries(others).map(([name, version]) => `${name}==${version}`);
  const pip = (build: string) => {
    const packages = [`torch==${torch}${build}`, `torchvision==${torchvision}${build}`, ...rest];
    const flags = [
      '--no-input',
      '--progress-bar',
      'off',
      '--disable-pip-version-check',
      '--only-binary=:all:',
      '--no-cache-dir',
    ];
    return run(python, ['-m', 'pip', 'install', ...flags, ...packages], (line) => {
      if (/^\s*(Collecting|Downloading|Using cached|Installing)/.test(line)) say(`  ${line.trim()}`);
    });
  };
  if (process.platform === 'linux' && device === 'cpu') {
    requireRoom(cache, 1.5e9);
    const cpu = await pip('+cpu');
    if (cpu.code === 0) return;
    if (!/No matching distribution found for torch/.test(cpu.output)) throw pipError(cpu);
    say(
      "pip's index has no build of PyTorch for CPUs alone: taking the one with the CUDA libraries, a download of about 3 GB " +
        '(an index that has the small one can be named in PIP_EXTRA_INDEX_URL).',
    );
  }
  requireRoom(cache, process.platform === 'linux' ? 9e9 : 1.5e9);
  const usual = await pip('');
  if (usual.code !== 0) throw pipError(usual);
}

function requireRoom(folder: string, needed: number): void {
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize >= needed) return;
  const GB = (bytes: number) => (bytes / 1e9).toFixed(1);
  throw new PeerSetupError(
    `PyTorch needs ${GB(needed)} GB of disk to be set up, and ${GB(bavail * bsize)} are free at ${folder}. Make room, name ` +
      `another folder in BYOL_CACHE_DIR, or a python that has PyTorch in BYOL_BENCH_PYTHON.`,
  );
}

interface Outcome {
  code: number;
  output: string;
}

/** @param heard each line that it prints */
function run(program: string, args: string[], heard: (line: string) => void): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on('line', (line) => {
        output += `${line}\n`;
        heard(line);
      });
    child.on('error', (error) => resolve({ code: 127, output: error.message }));
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

const lastLine = (text: string): string => text.trim().split('\n').at(-1)?.trim() ?? '';

const venvError = ({ output }: Outcome) =>
  new PeerSetupError(
    `"python3 -m venv" failed: ${lastLine(output)}. The bench compares with PyTorch in a virtual environment: install what ` +
      `venv needs ("apt install python3-venv"), or name a python that has torch, torchvision and kornia in BYOL_BENCH_PYTHON.`,
  );

/** @returns one paragraph: what pip could not do, why, and what to do */
export function pipError({ output }: Outcome): PeerSetupError {
  const said = output.split('\n').filter((line) => /^\s*ERROR/.test(line));
  const why = (said.at(-1) ?? lastLine(output)).replace(/^\s*ERROR:\s*/, '');
  const wanted = Object.entries(peerPackages).map(([name, version]) => `${name}==${version}`);
  const remedy = /No matching distribution/.test(output)
    ? `This python may be too new or too old for them, or pip's index may not have them: try another python3 first on PATH, or ` +
      `another index (PIP_INDEX_URL)`
    : `Check the network and, behind a proxy or a mirror, pip's settings (HTTPS_PROXY, PIP_INDEX_URL)`;
  return new PeerSetupError(
    `pip could not install the peer (${wanted.join(', ')}): ${why}. ${remedy}; or name a python that has torch, ` +
      `torchvision and kornia in BYOL_BENCH_PYTHON.`,
  );
}
