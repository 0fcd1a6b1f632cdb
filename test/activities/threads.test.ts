import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { intraThreads } from '../../activities/threads';
import { Trainer } from '../../activities/trainer';
import { cases, type Case } from '../../bench/cases';
import { programOf } from '../../bench/engine-program';
import { setupPaths } from '../../infra/setup-paths';

const of = (name: string) => cases.find((each) => each.name === name) as Case;
const small = of('resnet-mini-28-b32-fp32');
const large = of('resnet18-96-b64-fp32');

test.each(['byol', 'supervised'] as const)('%s: operations of a small network are not shared among threads', (what) => {
  expect(intraThreads(programOf(small, what, true), { cores: 16, devices: 1 })).toBe(1);
});

test.each(['byol', 'supervised'] as const)('%s: those of a large one have half of the cores', (what) => {
  const program = programOf(large, what, true);
  expect(intraThreads(program, { cores: 16, devices: 2 })).toBe(8);
  expect(intraThreads(program, { cores: 1, devices: 1 })).toBe(1);
});

test('a large classifier that trains by itself has all cores: one operation runs after the other', () => {
  expect(intraThreads(programOf(large, 'supervised', true), { cores: 16, devices: 1 })).toBe(16);
  expect(intraThreads(programOf(large, 'byol', true), { cores: 16, devices: 1 })).toBe(8);
});

test('a number that was asked for is taken', () => {
  expect(intraThreads(programOf(small, 'byol', true), 3)).toBe(3);
});

test('the program decides, and a checkpoint before it', async () => {
  const cache = await mkdtemp(join(tmpdir(), 'byol-threads-'));
  const { tensorflowBinding: binding, libraryPath } = setupPaths();
  const trainer = new Trainer({
    engine: { binding, libraryPath },
    cache,
    device: 'cpu',
    threads: { cores: 16, devices: 1 },
  });
  const program = programOf(small, 'supervised', false);
  try {
    expect((await trainer.load(program, null)).threads).toBe(1);
    expect((await trainer.load(program, null, 2)).threads).toBe(2);
  } finally {
    await trainer.stop();
    await rm(cache, { recursive: true, force: true });
  }
});
