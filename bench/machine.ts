import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { intraThreads, operationsSideBySide } from '../activities/threads';
import { cpuComputesBf16 } from '../experiment/precision';
import type { Program } from '../training/program';
import { availableParallelism, cpus, platform, release, totalmem } from 'node:os';

/** What a figure was measured on. */
export interface Machine {
  cpu: string;
  cores: number;
  memoryGB: number;
  /** Those of the processor's instruction sets that decide how fast matrix products are. */
  flags: string[];
  system: string;
  node: string;
  /** The GPU, where one is measured and not the processor. */
  gpu?: string | undefined;
}

const telling = ['avx2', 'avx512f', 'avx512_vnni', 'avx512_bf16', 'amx_bf16', 'amx_int8', 'asimd', 'bf16', 'sve'];

/**
 * What holds oneDNN (both sides), PyTorch's own kernels and MKL to what a processor without more has. TensorFlow's own
 * kernels are compiled for no more than AVX2.
 */
const heldTo = {
  avx2: { ONEDNN_MAX_CPU_ISA: 'AVX2', ATEN_CPU_CAPABILITY: 'avx2', MKL_ENABLE_INSTRUCTIONS: 'AVX2' },
  avx512: { ONEDNN_MAX_CPU_ISA: 'AVX512_CORE_BF16', ATEN_CPU_CAPABILITY: 'avx512', MKL_ENABLE_INSTRUCTIONS: 'AVX512' },
} as const;
/** avx512: with products of bfloat16, as without AMX. */
export type InstructionSet = keyof typeof heldTo;
export const instructionSets = Object.keys(heldTo) as InstructionSet[];

const held = (): InstructionSet | undefined =>
  instructionSets.find((isa) => heldTo[isa].ONEDNN_MAX_CPU_ISA === process.env['ONEDNN_MAX_CPU_ISA']);

/** Both sides or none: what else the environment says of instruction sets would reach PyTorch alone. */
export function holdTo(isa: InstructionSet | null): void {
  for (const name of Object.keys(heldTo.avx2)) delete process.env[name];
  if (isa !== null) Object.assign(process.env, heldTo[isa]);
}

/** For an engine, which inherits nothing. */
export function engineVariables(): Record<string, string> {
  const isa = held();
  return isa ? { ONEDNN_MAX_CPU_ISA: heldTo[isa].ONEDNN_MAX_CPU_ISA } : {};
}

/** The flags of /proc/cpuinfo that matter here. */
export function flagsOf(cpuinfo: string): string[] {
  const line = /^(?:flags|Features)\s*:(.*)$/m.exec(cpuinfo)?.[1] ?? '';
  const all = new Set(line.trim().split(/\s+/));
  return telling.filter((flag) => all.has(flag));
}

/**
 * The processor's name with what tells its generation: a name such as "AMD EPYC", as virtual machines have it, stands for
 * processors of which one computes twice as fast as another.
 */
export function processorOf(cpuinfo: string, model: string | undefined): string {
  const value = (key: string) => new RegExp(`^${key}\\s*: (\\d+)$`, 'm').exec(cpuinfo)?.[1];
  const [family, number] = [value('cpu family'), value('model')];
  const name = model?.trim() || 'unknown';
  return family && number ? `${name} (family ${family}, model ${number})` : name;
}

/** Those that are left. A processor that has no more is another machine than one that is held to it, which is told. */
export function heldFlags(flags: readonly string[], isa: InstructionSet): string[] {
  const left = flags.filter((flag) => (isa === 'avx2' ? flag === 'avx2' : !flag.startsWith('amx')));
  return left.length === flags.length ? left : [...left, `held to ${isa}`];
}

export function describeMachine(): Machine {
  const [flags, isa] = [flagsOf(cpuinfo()), held()];
  return {
    cpu: processorOf(cpuinfo(), cpus()[0]?.model),
    cores: availableParallelism(),
    memoryGB: Math.round(totalmem() / 1e9),
    flags: isa ? heldFlags(flags, isa) : flags,
    // The number alone: what a vendor adds to it says nothing of speed.
    system: `${platform()} ${/^[\d.]*\d/.exec(release())?.[0] ?? release()}`,
    node: process.version,
  };
}

function cpuinfo(): string {
  try {
    return readFileSync('/proc/cpuinfo', 'latin1');
  } catch {
    return ''; // macOS has none
  }
}

/** Whether products in bfloat16 have instructions of their own here; without them they are slower than float32. */
export const hasBf16 = ({ flags }: Machine): boolean => cpuComputesBf16(flags.join(' '));

/** Most memory that a process has taken, in MiB. */
export function peakMemory(pid: number): number {
  try {
    const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
    if (kilobytes !== undefined) return Number(kilobytes) / 1024;
  } catch {
    // macOS: what it takes now
  }
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1024;
}

/** Threads within an operation, for small and for large networks. A large classifier by itself has all cores. */
export const intraBySize = (): { small: number; large: number } => ({
  small: engineThreads({ product: 0, sideBySide: 2 }).intra,
  large: engineThreads({ product: Infinity, sideBySide: 2 }).intra,
});

/** As a worker with one device gives them to a program. */
export const engineThreads = (program: Pick<Program, 'product' | 'sideBySide'>): { intra: number; inter: number } => ({
  intra: intraThreads(program, { cores: availableParallelism(), devices: 1 }),
  inter: operationsSideBySide,
});
