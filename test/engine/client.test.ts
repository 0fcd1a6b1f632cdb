import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile as readText, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Engine, EngineDiskFullError, EngineError, withoutNotices } from '../../engine/client';
import { int32Feed, stringFeed } from '../../engine/protocol';
import { setupPaths } from '../../infra/setup-paths';
import { Graph } from '../../training/graph/graph';
import { constant } from '../../training/graph/ops/constant';
import { add } from '../../training/graph/ops/elementwise';
import { repeat } from '../../training/graph/ops/loop';
import { savedModel } from '../../training/graph/saved-model';
import { readFile } from '../../training/state';

const { tensorflowBinding: binding, libraryPath } = setupPaths();
const options = { binding, libraryPath, threads: { intra: 1, inter: 1 }, device: 'cpu' as const };

/** A program that counts to `n`, and one that reads a file. */
function program(): Uint8Array {
  const graph = new Graph();
  const n = graph.placeholder('n', 'int32', []);
  const [counted] = repeat('count', n, [], [constant(graph, 'int32', [0])], (_, __, ___, [sofar]) => ({
    carried: sofar ? [add(sofar, 1)] : [],
    effects: [],
  }));
  const path = graph.placeholder('path', 'string', []);
  const contents = readFile(path);
  if (!counted) throw new Error('no count');
  return savedModel(graph, {
    count: { inputs: { n }, outputs: { counted } },
    read: { inputs: { path }, outputs: { contents } },
  });
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'byol-engine-'));
  await writeFile(join(folder, 'saved_model.pb'), program());
});
afterAll(() => rm(folder, { recursive: true }));

test('runs a call and says which TensorFlow and device it is', async () => {
  const engine = await Engine.start(options);
  expect(engine.info).toEqual({ tensorflow: expect.stringMatching(/^2\./) as unknown, device: 'cpu' });
  const { counted } = await engine.run(folder, 'count', { n: int32Feed([41]) });
  expect(Array.from(counted?.values ?? [])).toEqual([41]);
  await engine.stop();
});

test('a call that fails inside TensorFlow is told with its reason, and the next one runs', async () => {
  const engine = await Engine.start(options);
  await expect(engine.run(folder, 'read', { path: stringFeed('/nowhere/at-all') })).rejects.toThrow(/nowhere/);
  await expect(engine.run(folder, 'count', { n: int32Feed([3]) })).resolves.toBeDefined();
  await engine.stop();
});

test('a child that is killed in the middle of a call rejects it, and all that follow', async () => {
  const engine = await Engine.start(options);
  const call = engine.run(folder, 'count', { n: int32Feed([2_000_000_000]) });
  const failed = expect(call).rejects.toThrow(
    /ended with SIGKILL \(so the system ends a process when memory runs out\)/,
  );
  await sleep(300);
  process.kill(engine.pid ?? 0, 'SIGKILL');
  await failed;
  expect(engine.alive).toBe(false);
  await expect(engine.run(folder, 'count', { n: int32Feed([1]) })).rejects.toThrow(EngineError);
});

test('a call that does not come to an end is given up', async () => {
  const engine = await Engine.start({ ...options, longestCallSeconds: 0.5 });
  const call = engine.run(folder, 'count', { n: int32Feed([2_000_000_000]) });
  await expect(call).rejects.toThrow('did not finish the call count within 0.5 s');
  expect(engine.alive).toBe(false);
});

test('an engine that does not load is given up', async () => {
  const hangs = join(folder, 'hangs.js');
  await writeFile(hangs, 'for (;;);');
  await expect(Engine.start({ ...options, binding: hangs, longestStartSeconds: 3 })).rejects.toThrow(
    'did not load TensorFlow within 3 s',
  );
});

test('a state that finds the disk full is told as such', async () => {
  const engine = await Engine.start(options);
  const call = { program: folder, signature: 'count', feeds: { n: int32Feed([1]) }, output: 'counted' };
  const saved = engine.save({ ...call, path: '/dev/full', header: new Uint8Array(0) });
  await expect(saved).rejects.toThrow(EngineDiskFullError);
  await engine.stop();
});

test('a GPU that is asked for and not there is an error, not a silent CPU', async () => {
  await expect(Engine.start({ ...options, device: 'gpu' })).rejects.toThrow('A GPU was asked for');
});

test('a binding that is not there is told with the words of the child', async () => {
  await expect(Engine.start({ ...options, binding: '/nowhere/tfjs_binding.node' })).rejects.toThrow('/nowhere');
});

test('the child ends when its parent is killed', async () => {
  const client = join(__dirname, '..', '..', 'engine', 'client.js');
  const script = `require(${JSON.stringify(client)}).Engine.start(${JSON.stringify(options)}).then((engine) => {
    process.stdout.write(String(engine.pid) + '\\n'); setInterval(() => undefined, 1000); });`;
  const parent = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  parent.kill('SIGKILL');
  const child = Number(line.toString());
  while (runs(child)) await sleep(50);
});

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('what TensorFlow says at every start is not taken for its last words', () => {
  const notices = [
    'WARNING: All log messages before absl::InitializeLog() is called are written to STDERR',
    'I0000 00:00:1764350000.000001   12345 port.cc:153] oneDNN custom operations are on.',
    '2026-11-28 17:00:00.000001: I tensorflow/core/platform/cpu_feature_guard.cc:210] This TensorFlow binary is optimized',
  ];
  const cause = '2026-11-28 17:00:01.000001: F tensorflow/core/framework/tensor.cc:853] Check failed: dtype';
  expect(withoutNotices(notices.join('\n'))).toBe('');
  expect(withoutNotices([...notices, cause, ''].join('\n'))).toBe(cause);
});

const linux = process.platform === 'linux' ? test : test.skip;
linux('an engine asks for huge pages, which its allocator is told before it starts', async () => {
  const engine = await Engine.start(options);
  const variables = await readText(`/proc/${engine.pid}/environ`, 'latin1');
  await engine.stop();
  expect(variables.split('\0')).toContain('GLIBC_TUNABLES=glibc.malloc.hugetlb=1');
});
