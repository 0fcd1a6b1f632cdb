import { z } from 'zod';
import { canonicalJson } from '../digest';
import { experimentName } from '../names';
import type { Override } from '../overrides';
import { SpecError } from '../problems';
import { parseSpec, type ExperimentSpec } from '../resolve';
import { gridOf, repeatedPaths, settingsText, type Axis } from './grid';
import { epochsOfRung, memberName, type Halving } from './halving';

/** One member of a sweep. */
export interface Member {
  settings: Override[];
  /** Its spec at full length. */
  spec: ExperimentSpec;
}

/** All that a sweep will do; the object `sweeps/NAME/sweep.json`, written once. */
export interface SweepPlan extends Halving {
  format: 'durable-byol-sweep/1';
  name: string;
  members: Member[];
}

const storedPlan = z.strictObject({
  format: z.literal('durable-byol-sweep/1'),
  name: z.string().regex(experimentName),
  rungs: z.int().min(1),
  keep: z.number().gt(0).lt(1),
  members: z
    .array(
      z.strictObject({
        settings: z.array(z.strictObject({ path: z.string(), value: z.unknown() })),
        spec: z.unknown().transform(parseSpec),
      }),
    )
    .min(2),
});

/** Reads a plan that was stored. @throws {SpecError} or a ZodError for what is none */
export const parsePlan = (value: unknown): SweepPlan => storedPlan.parse(value);

/** More rungs would train the first for too short a time to tell anything. */
export const mostRungs = 6;

/** What a sweep is asked to do. */
export interface SweepRequest extends Halving {
  name: string;
  /** What varies, each with two values or more. */
  axes: readonly Axis[];
  /** What is the same for all members and not as in the spec. */
  fixed: readonly Override[];
}

/**
 * Plans a sweep: every member's spec, checked as any other spec is, and every rung's length.
 * @param specOf a spec with these settings changed
 * @throws {SpecError} that says what is wrong, and in which member
 */
export function planSweep(
  { name, axes, fixed, rungs, keep }: SweepRequest,
  specOf: (settings: readonly Override[]) => ExperimentSpec,
): SweepPlan {
  const repeated = repeatedPaths([...fixed, ...axes]);
  if (repeated.length > 0) throw new SpecError(repeated);
  refuseLost(fixed, axes);
  const grid = gridOf(axes);
  if (!experimentName.test(name) || name.length > mostNameCharacters)
    throw new SpecError([
      `the name of a sweep may have 1 to ${mostNameCharacters} of a-z, 0-9 and "-", not at either end (its members add theirs); ` +
        `given: ${JSON.stringify(name)}. Set one with name=...`,
    ]);
  const members = grid.map((settings) => ({ settings, spec: checked(settings, (set) => specOf([...fixed, ...set])) }));
  refuseTwins(members);
  const plan: SweepPlan = { format: 'durable-byol-sweep/1', name, rungs, keep, members };
  for (let rung = 1; rung < rungs; rung++) refuseShort(plan, rung);
  return { ...plan, members: members.map((member, at) => ({ ...member, spec: memberSpec(plan, at + 1, rungs) })) };
}

/** A value of an axis takes the place of all that was there before, what is the same for all members included. */
function refuseLost(fixed: readonly Override[], axes: readonly Axis[]): void {
  for (const { path } of axes) {
    const lost = fixed.find((setting) => setting.path.startsWith(`${path}.`) || setting.path.startsWith(`${path}[`));
    if (!lost) continue;
    throw new SpecError([`${lost.path} would be lost: each value of ${path} replaces it. Write it into those values.`]);
  }
}

function checked(settings: Override[], specOf: (settings: readonly Override[]) => ExperimentSpec): ExperimentSpec {
  try {
    return specOf(settings);
  } catch (error) {
    if (!(error instanceof SpecError)) throw error;
    throw new SpecError(error.problems.map((problem) => `with ${settingsText(settings)}: ${problem}`));
  }
}

/** Two names for one setting make two members of one spec, and one of them is for nothing. */
function refuseTwins(members: readonly Member[]): void {
  const seen = new Map<string, Member>();
  for (const member of members) {
    const text = canonicalJson(member.spec);
    const twin = seen.get(text);
    if (twin)
      throw new SpecError([
        `the members "${settingsText(twin.settings)}" and "${settingsText(member.settings)}" have the same settings in the end.`,
      ]);
    seen.set(text, member);
  }
}

function refuseShort(plan: SweepPlan, rung: number): void {
  for (const { settings, spec } of plan.members) {
    const lengths: [string, number][] = [
      ['pretraining.epochs', spec.pretraining.epochs],
      ...[spec.classifier.epochs].flat().map((epochs): [string, number] => ['classifier.epochs', epochs]),
    ];
    for (const [path, epochs] of lengths) {
      if (epochs === 0 || epochsOfRung(plan, rung, epochs) >= 1) continue;
      throw new SpecError([
        `with ${settingsText(settings)}, rung ${rung} of ${plan.rungs} has no whole epoch: ${path} is ${epochs}, and each rung ` +
          `has ${plan.keep.toFixed(3)} of the next one's length. Take fewer rungs, or more epochs.`,
      ]);
    }
  }
}

/** '-64-rung-5' has to fit too. */
const mostNameCharacters = 52;

/**
 * What a member runs in a rung: its spec with the length of pretraining and of every classifier cut in the same
 * proportion, so that a rung costs its part of the whole and schedules run to their end within it.
 */
export function memberSpec(plan: SweepPlan, member: number, rung: number): ExperimentSpec {
  const { settings, spec } = plan.members[member - 1] as Member;
  const cut = (epochs: number) => epochsOfRung(plan, rung, epochs);
  const { epochs } = spec.classifier;
  const note = `Member ${member} of the sweep ${plan.name}: ${settingsText(settings)}.`;
  const description = spec.description.includes(note) ? spec.description : `${spec.description} ${note}`.trim();
  return {
    ...spec,
    name: memberName(plan.name, plan, member, rung),
    description: description.slice(0, 2000),
    pretraining: { ...spec.pretraining, epochs: cut(spec.pretraining.epochs) },
    classifier: {
      ...spec.classifier,
      epochs: typeof epochs === 'number' ? cut(epochs) : [...new Set(epochs.map(cut))],
    },
  };
}
