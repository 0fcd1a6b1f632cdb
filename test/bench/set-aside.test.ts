import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readResults, writeResults, type Results } from '../../bench/results-file';
import { fileNameOf, makeRoom } from '../../bench/set-aside';

const zen4 = 'AMD EPYC (family 25, model 17)';
const xeon = 'Intel(R) Xeon(R) Processor (family 6, model 167)';

test.each([
  [zen4, 'amd-epyc-25-17'],
  [xeon, 'intel-xeon-6-167'],
  ['AMD EPYC 9354 32-Core Processor (family 25, model 17)', 'amd-epyc-9354-32-core-25-17'],
  ['../unknown', 'unknown'],
])('%s is %s in a name of a file', (cpu, name) => {
  expect(fileNameOf(cpu)).toBe(name);
});

const resultsOf = (cpu: string): Results => ({
  machine: { cpu, cores: 2, memoryGB: 25, flags: [], system: 'linux 6', node: 'v22.0.0' },
  threads: { engine: { inter: 2, small: 1, large: 1 }, pytorch: 2 },
  ...{ versions: {}, training: 'a', leftOut: [], ratios: {}, measurements: [] },
});

test("another processor's results stay under its name, and come back when it measures again", () => {
  const folder = mkdtempSync(join(tmpdir(), 'byol-bench-'));
  try {
    const record = { results: join(folder, 'peer.json'), page: join(folder, 'bench.md') };
    const read = (name: string) => readResults(join(folder, name), () => undefined)?.machine.cpu;
    const said: string[] = [];
    makeRoom(record, zen4, (line) => said.push(line));
    expect(said).toEqual([]);
    writeResults(record.results, resultsOf(zen4));
    makeRoom(record, zen4, (line) => said.push(line));
    expect([said, read('peer.json')]).toEqual([[], zen4]);
    makeRoom(record, xeon, (line) => said.push(line));
    expect([read('peer.json'), read('peer-amd-epyc-25-17.json')]).toEqual([undefined, zen4]);
    expect(readFileSync(join(folder, 'bench-amd-epyc-25-17.md'), 'utf8')).toContain('results/peer-amd-epyc-25-17.json');
    expect(said.join()).toContain('was of another processor');
    writeResults(record.results, resultsOf(xeon));
    makeRoom(record, zen4, () => undefined);
    expect([read('peer.json'), read('peer-intel-xeon-6-167.json')]).toEqual([zen4, xeon]);
    expect(existsSync(join(folder, 'peer-amd-epyc-25-17.json'))).toBe(false);
    expect(existsSync(join(folder, 'bench-amd-epyc-25-17.md'))).toBe(false);
    expect(readFileSync(record.page, 'utf8')).toContain('results/peer.json');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
