import { parseArgs } from 'node:util';
import { suggest } from '../experiment/suggest';
import type { Device } from './gpu';
import { instructionSets, type InstructionSet } from './machine';

export interface BenchRequest {
  stages: string[];
  cases: string[];
  rounds: number;
  /** Seconds of a measurement. */
  seconds: number;
  /** Also, or only, the whole quickstart. */
  whole: boolean;
  /** A profile of this case instead of measurements. */
  profile: string | null;
  /** Only say what may be asked. */
  help: boolean;
  /** Both sides without what this instruction set lacks. */
  isa: InstructionSet | null;
  /** What both sides compute on. */
  device: Device;
}

/** What was asked for is not known; the message lists what is. */
export class BenchArgumentError extends Error {
  override readonly name = 'BenchArgumentError';
}

export const usage = `npm run bench -- [options]
  --only STAGE[,STAGE]   stages to measure; default all
  --case CASE[,CASE]     cases to measure; default all
  --rounds N             how often both sides take turns; default 3
  --seconds S            about how long one measurement takes; default 8
  --whole                the whole quickstart against the same recipe in PyTorch (alone, unless --only names stages too)
  --isa avx2|avx512      both sides as on a processor without AVX-512 and AMX, or without AMX; its results have files of their own
  --device gpu           both sides on the first NVIDIA GPU, the stages of training alone; its results have files of their own
  --profile [CASE]       where a step's time goes, by operation and shape, instead of measurements`;

/** @throws BenchArgumentError */
export function parseBenchArguments(
  args: readonly string[],
  known: { stages: readonly string[]; onGpu: readonly string[]; cases: readonly string[] },
): BenchRequest {
  const { values, positionals } = read(args);
  const whole = values.whole === true;
  const list = (text: string | undefined, allowed: readonly string[], option: string, other: readonly string[]) =>
    text === undefined ? [...other] : text.split(',').map((name) => checked(name.trim(), allowed, option));
  const [caseOfProfile, ...more] = positionals;
  if (more.length > 0 || (caseOfProfile !== undefined && values.profile !== true))
    throw new BenchArgumentError(`The bench takes options, not "${more[0] ?? caseOfProfile ?? ''}".\n${usage}`);
  const device = values.device === undefined ? 'cpu' : (checked(values.device, ['cpu', 'gpu'], '--device') as Device);
  const special = values.isa !== undefined ? '--isa' : device === 'gpu' ? '--device gpu' : null;
  if (special !== null && whole)
    throw new BenchArgumentError(`${special} is for stages and profiles: the quickstart cannot be held to it.`);
  if (device === 'gpu' && values.profile === true)
    throw new BenchArgumentError("--profile reads oneDNN's log, and a GPU does not compute with oneDNN.");
  if (values.isa !== undefined && device === 'gpu')
    throw new BenchArgumentError('--isa holds processors to an instruction set, and --device gpu measures none.');
  const measurable = device === 'gpu' ? known.onGpu : known.stages;
  const cases = list(values.case, known.cases, '--case', known.cases);
  const profiled =
    values.profile === true ? checked(caseOfProfile ?? (cases[0] as string), known.cases, '--profile') : null;
  return {
    stages: list(values.only, measurable, '--only', whole ? [] : measurable),
    cases,
    rounds: number(values.rounds, '--rounds', 3, (value) => Number.isInteger(value) && value >= 1 && value <= 100),
    seconds: number(values.seconds, '--seconds', 8, (value) => value > 0 && value <= 600),
    whole,
    profile: profiled,
    help: values.help === true,
    isa: values.isa === undefined ? null : (checked(values.isa, instructionSets, '--isa') as InstructionSet),
    device,
  };
}

function read(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const options = {
    only: text,
    case: text,
    rounds: text,
    seconds: text,
    whole: flag,
    profile: flag,
    isa: text,
    device: text,
    help: flag,
  };
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new BenchArgumentError(`${(error as Error).message}\n${usage}`);
  }
}

function checked(name: string, allowed: readonly string[], option: string): string {
  if (allowed.includes(name)) return name;
  const near = suggest(name, allowed);
  throw new BenchArgumentError(
    `${option} does not know "${name}"${near.length > 0 ? `: did you mean ${near.join(' or ')}?` : '.'} It knows ` +
      `${allowed.join(', ')}.`,
  );
}

function number(text: string | undefined, option: string, usual: number, fits: (value: number) => boolean): number {
  const value = text === undefined ? usual : Number(text);
  if (fits(value)) return value;
  throw new BenchArgumentError(`${option} takes a positive number within reason, not "${text ?? ''}".`);
}
