/**
 * `npm run bench`: this project and PyTorch in turns, in one run on this machine. Writes bench/results/peer.json and
 * docs/bench.md, and of this processor (with --isa, or of this GPU) files that other machines leave. See `usage` in arguments.ts.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { operationsSideBySide } from '../activities/threads';
import { BenchArgumentError, parseBenchArguments, usage, type BenchRequest } from './arguments';
import { cases, type Case } from './cases';
import { startEngine } from './engine-program';
import { takeFirstGpu, type Device } from './gpu';
import { fileNameOf, indexPage, resultsByMachine } from './index-page';
import { describeMachine, hasBf16, holdTo, intraBySize } from './machine';
import { peerPython, PeerSetupError } from './peer/python';
import { PeerError, PeerProcess, type PeerPython } from './peer/process';
import { merged, readResults, staysBeside, writeResults, type Conditions, type Unmarked } from './results-file';
import { profileStep } from './profile/profile';
import { measureInTurns } from './rounds';
import { checkpointStages } from './stages/checkpoint';
import { imageStages } from './stages/images';
import { processStages } from './stages/process';
import type { BenchContext, Stage } from './stages/stage';
import { trainingStages } from './stages/training';
import { benchPage, measurementLine } from './table';
import { trainingVersion } from './training-version';
import { measureWhole } from './whole';

const stages: readonly Stage[] = [...trainingStages, ...imageStages, ...checkpointStages, ...processStages];
const root = join(__dirname, '..', '..');
const say = (line: string) => void process.stderr.write(`${line}\n`);

async function main(args: readonly string[]): Promise<void> {
  const [stageNames, onGpu] = [stages, trainingStages].map((some) => some.map(({ name }) => name)) as [
    string[],
    string[],
  ];
  const known = { stages: stageNames, onGpu, cases: cases.map(({ name }) => name) };
  const request = parseBenchArguments(args, known);
  if (request.help) return void process.stdout.write(`${usage}\n`);
  holdTo(request.isa);
  const scratch = mkdtempSync(join(tmpdir(), 'byol-bench-'));
  const remove = () => rmSync(scratch, { recursive: true, force: true });
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)
    process.once(signal, () => {
      remove();
      process.exit(code);
    });
  try {
    if (request.profile !== null) await profile(request.profile, request, scratch);
    else await measureAll(request, scratch);
  } finally {
    remove();
  }
}

/** Prints a profile and keeps it beside the other results. */
async function profile(name: string, { seconds, isa }: BenchRequest, scratch: string): Promise<void> {
  const each = cases.find((one) => one.name === name) as Case;
  if (each.precision === 'bf16' && !hasBf16(describeMachine()))
    throw new BenchArgumentError(`${name} cannot be profiled here: ${withoutBf16}`);
  const page = await profileStep(each, scratch, seconds, trainingVersion(join(root, 'training')));
  process.stdout.write(page);
  const machine = `${fileNameOf(describeMachine().cpu)}${isa === null ? '' : `-${isa}`}`;
  writeFileSync(join(root, 'bench', 'results', `profile-${name}-${machine}.md`), page);
}

const withoutBf16 = 'without AMX and AVX512-BF16 bf16 is computed slower than fp32.';

async function measureAll(request: BenchRequest, scratch: string): Promise<void> {
  const { device } = request;
  const gpu = device === 'gpu' ? await takeFirstGpu(process.env) : null;
  const python = await peerPython(process.env, say, device);
  const conditions = await conditionsOf(python, device, gpu?.name);
  const { chosen, leftOut } = measurable(request, gpu ? gpu.bf16 : hasBf16(conditions.machine));
  leftOut.forEach(say);
  const context: BenchContext = { scratch, device, python, seconds: request.seconds };
  const of = (each: Case) => stages.filter((one) => request.stages.includes(one.name) && one.of(each));
  if (!request.whole && chosen.every((each) => of(each).length === 0))
    throw new BenchArgumentError(
      `Nothing to measure: ${request.stages.join(', ')} is not measured for ${request.cases.join(', ')}. Leave out --case, or ask for other stages.`,
    );
  const measured: Unmarked[] = [];
  for (const each of chosen)
    for (const stage of of(each)) {
      say(`  ${stage.name} ${each.name}: ${stage.title}, ${request.rounds} round(s)`);
      const made = await measureInTurns(stage, each, context, request.rounds);
      process.stdout.write(`${measurementLine(made)}\n`);
      measured.push(made);
      keep(request, conditions, leftOut, measured);
    }
  if (!request.whole) return;
  say(`  the whole quickstart, ${request.rounds} round(s)`);
  measured.push(await measureWhole(context, request.rounds, say));
  process.stdout.write(`${measurementLine(measured.at(-1) as Unmarked)}\n`);
  keep(request, conditions, leftOut, measured);
}

/** What is measured so far is on the disk: a bench that is cut off has not been for nothing. */
function keep({ isa }: BenchRequest, conditions: Conditions, leftOut: string[], measured: readonly Unmarked[]): void {
  const { cpu, gpu } = conditions.machine;
  const name = `${fileNameOf(gpu ?? cpu)}${isa === null ? '' : `-${isa}`}`;
  const folder = join(root, 'bench', 'results');
  const path = join(folder, `peer-${name}.json`);
  const earlier = readResults(path, say);
  if (earlier && !staysBeside(earlier, conditions))
    say(`  What ${path} held was measured under other conditions (cores, threads, versions): it goes.`);
  const results = merged(
    earlier,
    { ...conditions, leftOut, training: trainingVersion(join(root, 'training')) },
    measured,
  );
  writeResults(path, results);
  writeResults(join(folder, 'peer.json'), results);
  const page = (file: string, content: string) => writeFileSync(join(root, 'docs', file), content);
  page(`bench-${name}.md`, benchPage(results, `peer-${name}.json`));
  page('bench.md', indexPage(resultsByMachine(folder, say)));
}

function measurable({ cases: wanted, device }: BenchRequest, bf16: boolean): { chosen: Case[]; leftOut: string[] } {
  const fits = ({ precision }: Case) => precision !== 'bf16' || bf16;
  const lacking = device === 'gpu' ? 'on a GPU older than Ampere' : 'without AMX and AVX512-BF16';
  const leftOut = bf16 ? [] : [`Cases in bf16 are left out: ${lacking} they are computed slower than in fp32.`];
  return { chosen: cases.filter((each) => wanted.includes(each.name) && fits(each)), leftOut };
}

async function conditionsOf(python: PeerPython, device: Device, gpu?: string): Promise<Conditions> {
  const engine = await startEngine({ threads: { intra: 1, inter: operationsSideBySide }, device });
  const { tensorflow } = engine.info;
  await engine.stop();
  const peer = PeerProcess.open(python);
  const { versions = {} } = await peer.ask({ prepare: 'versions', threads: 1 }).finally(() => peer.close());
  const threads = { engine: { inter: operationsSideBySide, ...intraBySize() }, pytorch: availableParallelism() };
  const machine = { ...describeMachine(), ...(gpu === undefined ? {} : { gpu }) };
  return { machine, threads, versions: { tensorflow, ...versions } };
}

if (require.main === module) {
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
  main(process.argv.slice(2)).catch((error: unknown) => {
    const known = error instanceof BenchArgumentError || error instanceof PeerSetupError || error instanceof PeerError;
    process.stderr.write(`${known ? error.message : (error as Error).stack}\n`);
    process.exitCode = error instanceof BenchArgumentError ? 2 : 1;
  });
}
