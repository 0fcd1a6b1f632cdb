/**
 * `npm run bench`: images/s of the BYOL step against PyTorch's, alternately in one run on this machine.
 * Writes bench/results/peer.json. A python with torch and torchvision is named by BYOL_BENCH_PYTHON.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { measureStep, type StepOptions } from './engine-step';

const rounds = Number(process.env['BYOL_BENCH_ROUNDS'] ?? 3);
const python = process.env['BYOL_BENCH_PYTHON'] ?? 'python3';

type Case = Pick<StepOptions, 'network' | 'size' | 'batch' | 'precision'> & { steps: number; peerSteps: number };
const cases: Record<string, Case> = {
  'resnet18-96-b64-fp32': { network: 'resnet18', size: 96, batch: 64, precision: 'fp32', steps: 4, peerSteps: 4 },
  'resnet18-96-b64-bf16': { network: 'resnet18', size: 96, batch: 64, precision: 'bf16', steps: 6, peerSteps: 6 },
  'resnet-mini-28-b32-fp32': {
    network: 'resnet-mini',
    size: 28,
    batch: 32,
    precision: 'fp32',
    steps: 200,
    peerSteps: 60,
  },
};

interface Spread {
  median: number;
  min: number;
  max: number;
}

function spreadOf(values: number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const [min, median, max] = [sorted[0], sorted[sorted.length >> 1], sorted.at(-1)] as [number, number, number];
  return { median, min, max };
}

function peer(
  { network, size, batch, precision, peerSteps }: Case,
  threads: number,
): { imagesPerSecond: number; torch: string } {
  const options = JSON.stringify({ network, size, batch, precision, threads, steps: peerSteps });
  return JSON.parse(runPython([join('bench', 'pytorch_step.py'), options])) as {
    imagesPerSecond: number;
    torch: string;
  };
}

function runPython(args: string[]): string {
  try {
    return execFileSync(python, args, { encoding: 'utf8' });
  } catch (error) {
    throw new Error(
      `${python} cannot run the peer: name a python that has torch and torchvision by BYOL_BENCH_PYTHON ` +
        `("python3 -m venv v && v/bin/pip install torch torchvision", then BYOL_BENCH_PYTHON=v/bin/python).`,
      { cause: error },
    );
  }
}

async function main(): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'byol-bench-'));
  const cores = availableParallelism();
  const threads = { intra: Math.max(1, cores >> 1), inter: 2 };
  const results: Record<string, { plain: Spread; augmented: Spread; peer: Spread }> = {};
  const ratios: Record<string, Spread> = {};
  let torch = '';
  const chosen = process.argv.slice(2);
  for (const [name, each] of Object.entries(cases)) {
    if (chosen.length > 0 && !chosen.includes(name)) continue;
    const [plain, augmented, theirs]: number[][] = [[], [], []];
    for (let round = 0; round < rounds; round++) {
      plain?.push(await measureStep({ ...each, threads, augmented: false }, scratch));
      const measured = peer(each, cores);
      theirs?.push(measured.imagesPerSecond);
      torch = measured.torch;
      augmented?.push(await measureStep({ ...each, threads, augmented: true }, scratch));
    }
    const ratio = spreadOf((plain ?? []).map((value, round) => value / (theirs?.[round] as number)));
    ratios[name] = ratio;
    results[name] = {
      plain: spreadOf(plain ?? []),
      augmented: spreadOf(augmented ?? []),
      peer: spreadOf(theirs ?? []),
    };
    const line = ({ median, min, max }: Spread) => `${median.toFixed(1)} (${min.toFixed(1)}-${max.toFixed(1)})`;
    const { plain: ours, augmented: whole, peer: them } = results[name];
    console.log(
      `${name}: ours ${line(ours)} images/s, with augmentation ${line(whole)}, PyTorch without ${line(them)}; ratio ${ratio.median.toFixed(2)} (${ratio.min.toFixed(2)}-${ratio.max.toFixed(2)})`,
    );
  }
  rmSync(scratch, { recursive: true });
  mkdirSync(join('bench', 'results'), { recursive: true });
  const machine = { cpu: cpus()[0]?.model, cores, node: process.version, torch, tensorflow: '2.21.0', threads };
  writeFileSync(
    join('bench', 'results', 'peer.json'),
    `${JSON.stringify({ machine, rounds, imagesPerSecond: results, ratios }, null, 2)}\n`,
  );
}

if (require.main === module) void main();
