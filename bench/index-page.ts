import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readResults, type Measurement, type Results } from './results-file';
import { markdown, times } from './table';

/** What computed, in a file's name: "amd-epyc-25-17" for "AMD EPYC (family 25, model 17)". */
export const fileNameOf = (device: string): string =>
  device
    .toLowerCase()
    .replace(/\((?:r|tm)\)|processor|family|model/g, ' ')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');

/** Results of every machine that has some, by the name of its page. */
export function resultsByMachine(folder: string, say: (line: string) => void): [string, Results][] {
  const names = readdirSync(folder).flatMap((file) => /^peer-(.+)\.json$/.exec(file)?.[1] ?? []);
  return names.sort().flatMap((name): [string, Results][] => {
    const results = readResults(join(folder, `peer-${name}.json`), say);
    return results ? [[name, results]] : [];
  });
}

const stages = { step: 'without augmentation', augmented: 'by kornia or torchvision', 'by-hand': 'by hand' };

/** docs/bench.md: the ratios of BYOL's step on every machine, with the way to its page. */
export function indexPage(all: readonly (readonly [string, Results])[]): string {
  const rows = all.flatMap(([name, { machine, measurements }]) => {
    const ofSteps = measurements.filter(({ stage }) => stage in stages);
    const cases = [...new Set(ofSteps.map((each) => each.case as string))].sort();
    const device = `[${machine.gpu ?? machine.cpu}](bench-${name}.md)`;
    return cases.map((each) => [device, telling(machine.flags), each, ...ratiosOf(ofSteps, each)]);
  });
  return [
    '# Speed against PyTorch, by machine',
    '',
    'Written by `npm run bench`; do not edit. How many times as many images a second BYOL\'s step has here as in the fastest configuration of PyTorch, median and range; "-": not measured.',
    "PyTorch's augmentation is by kornia or torchvision, as PyTorch's users have it, or written by hand as tensors of whole batches",
    '([tensors.py](../bench/pytorch/tensors.py)), which is the least that PyTorch can do. Each machine’s page has the figures, versions and all other stages.',
    '',
    ...markdown(['machine', 'instructions', 'case', ...Object.values(stages)], rows),
    '',
  ].join('\n');
}

const telling = (flags: readonly string[]): string => {
  const held = flags.find((flag) => flag.startsWith('held to'));
  const best = ['amx_bf16', 'avx512_bf16', 'avx512f', 'avx2'].find((flag) => flags.includes(flag));
  return [best ?? '', ...(held ? [held] : [])].join(', ');
};

const ratiosOf = (measurements: readonly Measurement[], name: string): string[] =>
  Object.keys(stages).map((stage) => {
    const found = measurements.find((each) => each.case === name && each.stage === stage);
    return found?.ratio ? times(found.ratio) : '-';
  });
