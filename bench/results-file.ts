import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';

const spread = z.strictObject({ median: z.number(), min: z.number(), max: z.number() });

const measurement = z.strictObject({
  stage: z.string(),
  title: z.string(),
  /** null: the stage knows no cases. */
  case: z.string().nullable(),
  unit: z.string(),
  better: z.enum(['more', 'less']),
  rounds: z.int(),
  ours: spread,
  peer: spread.nullable(),
  /** What `peer` is, where it is not PyTorch. */
  against: z.string().optional(),
  /** How many times better ours is, round by round. */
  ratio: spread.nullable(),
  /** PyTorch's configuration that was the fastest. */
  peerIs: z.string().optional(),
  /** Images a second of each configuration when they were tried, or why one does not run. */
  tried: z.record(z.string(), z.union([z.number(), z.string()])).optional(),
  measured: z.string(),
  /** Version of this project's training program, see `trainingVersion`. */
  training: z.string().default('unknown'),
});
export type Measurement = z.output<typeof measurement>;
/** As a stage makes it. */
export type Unmarked = Omit<Measurement, 'training'>;

const conditions = z.strictObject({
  machine: z.strictObject({
    cpu: z.string(),
    cores: z.int(),
    memoryGB: z.number(),
    flags: z.array(z.string()),
    system: z.string(),
    node: z.string(),
    gpu: z.string().optional(),
  }),
  threads: z.strictObject({
    engine: z.strictObject({ inter: z.int(), small: z.int(), large: z.int() }),
    pytorch: z.int(),
  }),
  versions: z.record(z.string(), z.string()),
});
export type Conditions = z.output<typeof conditions>;

const results = z.strictObject({
  ...conditions.shape,
  /** That of the newest measurements. */
  training: z.string().default('unknown'),
  /** Cases that this machine cannot measure, and why. */
  leftOut: z.array(z.string()),
  ratios: z.record(z.string(), spread),
  measurements: z.array(measurement),
});
export type Results = z.output<typeof results>;

/** Name of a ratio: the whole step with augmentation is what a case's own name stands for. */
export function ratioName({ stage, case: name }: Pick<Measurement, 'stage' | 'case'>): string {
  if (name === null) return stage;
  return stage === 'augmented' ? name : `${name}-${stage}`;
}

/**
 * Earlier results with new ones in their place. What was measured elsewhere, or with other versions or threads, cannot stand
 * beside them and goes.
 */
export function merged(
  earlier: Results | null,
  now: Conditions & Pick<Results, 'leftOut' | 'training'>,
  measured: readonly Unmarked[],
): Results {
  const same = earlier !== null && sameConditions(earlier, now);
  const names = new Set(measured.map(ratioName));
  const kept = same ? earlier.measurements.filter((each) => !names.has(ratioName(each))) : [];
  const { machine, threads, versions, leftOut, training } = now;
  const measurements = [...kept, ...measured.map((each) => ({ ...each, training }))];
  const ratios = measurements.flatMap((each) => (each.ratio ? [[ratioName(each), each.ratio] as const] : []));
  return { machine, threads, versions, training, leftOut, ratios: Object.fromEntries(ratios), measurements };
}

function sameConditions(a: Conditions, b: Conditions): boolean {
  const of = ({ machine, threads, versions }: Conditions) => JSON.stringify([machine, threads, sorted(versions)]);
  return of(a) === of(b);
}

const sorted = (versions: Record<string, string>) => Object.entries(versions).sort(([a], [b]) => (a < b ? -1 : 1));

/** Whether results that are there stay beside new ones. */
export const staysBeside = (earlier: Results, now: Conditions): boolean => sameConditions(earlier, now);

/** @returns null where there is none, or one of another format, which is told: it cannot stand beside new ones */
export function readResults(path: string, say: (line: string) => void): Results | null {
  if (!existsSync(path)) return null;
  try {
    return results.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    say(`  What ${path} held is in the format of an earlier bench, or of none: it is replaced.`);
    return null;
  }
}

export function writeResults(path: string, made: Results): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(made, null, 2)}\n`);
}
