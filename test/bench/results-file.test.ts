import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { merged, ratioName, readResults, writeResults, type Unmarked } from '../../bench/results-file';
import { benchPage, measurementLine } from '../../bench/table';
import { trainingVersion } from '../../bench/training-version';

const conditions = {
  machine: { cpu: 'A | B', cores: 2, memoryGB: 25, flags: ['avx2'], system: 'linux 6', node: 'v22.0.0' },
  threads: { engine: { inter: 2, small: 1, large: 1 }, pytorch: 2 },
  versions: { tensorflow: '2.21.0', torch: '2.15.0' },
  leftOut: ['Cases in bf16 are left out.'],
  training: 'first',
};
const flat = (value: number) => ({ median: value, min: value, max: value });
const measurement = (stage: string, name: string | null, ratio: number | null): Unmarked => ({
  ...{ stage, title: `the ${stage}`, case: name, unit: 'images/s', better: 'more' as const, rounds: 3 },
  ours: { median: 12.34, min: 11, max: 13 },
  peer: ratio === null ? null : flat(10),
  ratio: ratio === null ? null : flat(ratio),
  ...(ratio === null ? {} : { peerIs: 'eager' }),
  measured: '2026-01-01T00:00:00.000Z',
});

test("a case's own name stands for the whole step with augmentation, in ratios", () => {
  const all = [
    measurement('augmented', 'net-b64', 2),
    measurement('step', 'net-b64', 1.5),
    measurement('whole', null, 3),
  ];
  const { ratios } = merged(null, conditions, all);
  expect(ratios).toEqual({ 'net-b64': flat(2), 'net-b64-step': flat(1.5), whole: flat(3) });
});

test('a later run replaces what it measured and leaves the rest, where machine, threads and versions are the same', () => {
  const first = merged(null, conditions, [measurement('step', 'a', 1), measurement('step', 'b', 2)]);
  const second = merged(first, { ...conditions, leftOut: [] }, [measurement('step', 'b', 5)]);
  expect(second.ratios).toEqual({ 'a-step': flat(1), 'b-step': flat(5) });
  expect(second.measurements.map(ratioName)).toEqual(['a-step', 'b-step']);
  expect(second.leftOut).toEqual([]);
  for (const other of [
    { ...conditions, versions: { ...conditions.versions, torch: '3.0.0' } },
    { ...conditions, machine: { ...conditions.machine, cores: 4 } },
    { ...conditions, threads: { ...conditions.threads, pytorch: 4 } },
  ])
    expect(merged(first, other, [measurement('step', 'b', 5)]).ratios).toEqual({ 'b-step': flat(5) });
});

test('a figure of an earlier version of the training program stays, is told on the page, and is replaced when measured again', () => {
  const first = merged(null, conditions, [measurement('step', 'a', 1), measurement('step', 'b', 2)]);
  const second = merged(first, { ...conditions, training: 'second' }, [measurement('step', 'b', 5)]);
  expect(second.measurements.map(({ training }) => training)).toEqual(['first', 'second']);
  const page = benchPage(second, 'peer.json');
  expect(page).toContain('| a (earlier) | 12.3');
  expect(page).toContain('| b | 12.3');
  expect(page).toContain('measured with an earlier version of `training/`');
  const third = merged(second, { ...conditions, training: 'second' }, [measurement('step', 'a', 1)]);
  expect(benchPage(third, 'peer.json')).not.toContain('earlier');
});

test('the version of a folder of sources is told by what they run and by places, and by nothing else', () => {
  const folder = mkdtempSync(join(tmpdir(), 'byol-bench-'));
  try {
    const write = (path: string, content: string) => writeFileSync(join(folder, path), content);
    mkdirSync(join(folder, 'inner'));
    write('a.ts', 'a');
    write('inner/b.ts', 'b');
    const before = trainingVersion(folder);
    expect(before).toMatch(/^[0-9a-f]{12}$/);
    write('notes.md', 'nothing');
    write('a.ts', '/** Why. */\na; // and how');
    expect(trainingVersion(folder)).toBe(before);
    write('a.ts', 'A');
    expect(trainingVersion(folder)).not.toBe(before);
    write('a.ts', 'a');
    renameSync(join(folder, 'inner/b.ts'), join(folder, 'inner/c.ts'));
    expect(trainingVersion(folder)).not.toBe(before);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('what is written is read back; a file of an earlier bench counts as none, and that is said', () => {
  const folder = mkdtempSync(join(tmpdir(), 'byol-bench-'));
  try {
    const path = join(folder, 'results', 'peer.json');
    const said: string[] = [];
    const read = () => readResults(path, (line) => said.push(line));
    expect(read()).toBeNull();
    const results = merged(null, conditions, [measurement('step', 'a', 1), measurement('commit', 'a', null)]);
    writeResults(path, results);
    expect(read()).toEqual(results);
    expect(said).toEqual([]);
    writeFileSync(path, JSON.stringify({ machine: {}, rounds: 3, imagesPerSecond: {}, ratios: {} }));
    expect(read()).toBeNull();
    expect(said.join()).toMatch(/peer\.json held is in the format of an earlier bench.*replaced/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('the page has a table for each stage, with ratios, configuration and what is left out', () => {
  const all = [measurement('step', 'a', 1.234), measurement('commit', 'a', null), measurement('step', 'b', 2)];
  const page = benchPage(merged(null, conditions, all), 'peer.json');
  expect(page).toContain(
    '## the step\n\n| case | ours, images/s | PyTorch, images/s | ratio | PyTorch is | measured |\n|---|---|---|---|---|---|',
  );
  expect(page).toContain(
    '| a | 12.3 (11.0-13.0) | 10.0 (10.0-10.0) | 1.23 (1.23-1.23) | eager | 2026-01-01, 3 rounds |\n| b |',
  );
  expect(page).toContain(
    '## the commit\n\n| case | ours, images/s | PyTorch, images/s | ratio | measured |\n|---|---|---|---|---|\n| a | 12.3 (11.0-13.0) | - | - | 2026-01-01, 3 rounds |',
  );
  const own = { ...measurement('precision', 'a', 1.3), against: 'in fp32' };
  expect(benchPage(merged(null, conditions, [own]), 'peer.json')).toContain(
    '| case | ours, images/s | in fp32, images/s | ratio |',
  );
  expect(page).toContain('torch 2.15.0');
  expect(page).toContain('- Cases in bf16 are left out.');
});

test('a line says both sides, or ours alone', () => {
  expect(measurementLine(measurement('step', 'a', 2))).toBe(
    'step a: ours 12.3 (11.0-13.0) images/s, PyTorch 10.0 (10.0-10.0) [eager]; ratio 2.00 (2.00-2.00)',
  );
  expect(measurementLine({ ...measurement('precision', 'a', 2), against: 'in fp32' })).toContain(
    'images/s, in fp32 10.0',
  );
  expect(measurementLine(measurement('commit', null, null))).toBe('commit: 12.3 (11.0-13.0) images/s');
});
