import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileNameOf, indexPage, resultsByMachine } from '../../bench/index-page';
import { writeResults, type Results } from '../../bench/results-file';

const zen4 = 'AMD EPYC (family 25, model 17)';
const xeon = 'Intel(R) Xeon(R) Processor (family 6, model 167)';

test.each([
  [zen4, 'amd-epyc-25-17'],
  [xeon, 'intel-xeon-6-167'],
  ['AMD EPYC 9354 32-Core Processor (family 25, model 17)', 'amd-epyc-9354-32-core-25-17'],
  ['NVIDIA H200', 'nvidia-h200'],
  ['../unknown', 'unknown'],
])('%s is %s in a name of a file', (device, name) => {
  expect(fileNameOf(device)).toBe(name);
});

const flat = (value: number) => ({ median: value, min: value, max: value });
const resultsOf = (cpu: string, flags: string[], ratios: Record<string, number>): Results => ({
  machine: { cpu, cores: 2, memoryGB: 25, flags, system: 'linux 6', node: 'v22.0.0' },
  threads: { engine: { inter: 2, small: 1, large: 1 }, pytorch: 2 },
  ...{ versions: {}, training: 'a', leftOut: [], ratios: {} },
  measurements: Object.entries(ratios).map(([stage, ratio]) => ({
    ...{ stage, title: stage, case: 'net', unit: 'images/s', better: 'more' as const, rounds: 3, measured: '' },
    ...{ ours: flat(ratio), peer: flat(1), ratio: flat(ratio), training: 'a' },
  })),
});

test('every machine with results has its rows, with the way to its page', () => {
  const folder = mkdtempSync(join(tmpdir(), 'byol-bench-'));
  try {
    const put = (name: string, results: Results) => writeResults(join(folder, `peer-${name}.json`), results);
    put('intel-xeon-6-167', resultsOf(xeon, ['avx2', 'amx_bf16'], { augmented: 2, 'by-hand': 1.75, load: 9 }));
    put('amd-epyc-25-17-avx2', resultsOf(zen4, ['avx2', 'held to avx2'], { step: 1.5 }));
    writeFileSync(join(folder, 'peer.json'), '{}');
    const page = indexPage(resultsByMachine(folder, () => undefined));
    expect(page).toContain(
      '| machine | instructions | case | without augmentation | by kornia or torchvision | by hand |\n|---|---|---|---|---|---|\n' +
        `| [${zen4}](bench-amd-epyc-25-17-avx2.md) | avx2, held to avx2 | net | 1.50 (1.50-1.50) | - | - |\n` +
        `| [${xeon}](bench-intel-xeon-6-167.md) | amx_bf16 | net | - | 2.00 (2.00-2.00) | 1.75 (1.75-1.75) |\n`,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
