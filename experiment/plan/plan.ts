import { applyOverrides, type Override } from '../overrides';
import { SpecError } from '../problems';
import { parseSpec, type ExperimentSpec } from '../resolve';
import type { ExperimentSpecInput } from '../spec';
import { fairClassifier, fullEpochs, situationOf, tauOf, type Choice, type Effort, type Situation } from './choices';
import { draftSpec } from './draft';
import { estimate, type Estimate, type Speed } from './estimate';
import { explain } from './explain';
import { countImages, type DataLook, type ImageCounts, type Machine } from './look';
import { warningsOf } from './warnings';

export interface Plan {
  spec: ExperimentSpec;
  choices: Choice[];
  estimate: Estimate;
  /** What to expect of data that are few, a sentence each. */
  warnings: string[];
}

/** There is no experiment on these data, or none that takes so little time. */
export class PlanError extends Error {
  override readonly name = 'PlanError';
}

/** Seeds and learning rates, from the least that can be judged to what is wanted. */
const rungs: readonly Pick<Effort, 'rates' | 'seeds'>[] = [
  { rates: 2, seeds: 3 },
  { rates: 3, seeds: 3 },
  { rates: 4, seeds: 3 },
  { rates: 5, seeds: 3 },
  { rates: 5, seeds: 5 },
];
/** The rung of a plan that no time is given for. */
const usual = rungs[3] as (typeof rungs)[number];

/** With more time than the full length needs, pretraining goes on up to so many times as long. */
const stretch = 8;

/**
 * A spec to measure with: what the data and the machine decide; its lengths mean nothing.
 * @throws {SpecError} for settings that are none, {PlanError} for data that are too few
 */
export function draftOf(look: DataLook, machine: Machine, overrides: readonly Override[]) {
  refuseUnnamedNetwork(overrides);
  const situation = situationOf(asWanted(look, overrides), machine, batchOf(overrides));
  refuseTooFew(situation);
  const full = fullEpochs(situation);
  return candidate(situation, overrides, {
    pretrainingEpochs: full.pretraining,
    classifierEpochs: full.classifier,
    ...usual,
  });
}

/**
 * The experiment for these data on this machine: valid as a spec, with the reason for every choice and the time it takes.
 * Pure; more seconds never train less.
 *
 * @param overrides settings of the user's; they stand as they are
 * @param speed measured with `draftOf`
 * @param seconds the time there is; without it the plan has the usual length
 * @throws {SpecError} for settings that are none, {PlanError} for data that are too few, or with the least time that works
 */
export function planExperiment(
  look: DataLook,
  machine: Machine,
  speed: Speed,
  overrides: readonly Override[],
  seconds?: number,
): Plan {
  refuseUnnamedNetwork(overrides);
  const situation = situationOf(asWanted(look, overrides), machine, batchOf(overrides));
  refuseTooFew(situation);
  const efforts = new Efforts(situation, overrides, speed);
  const made = seconds === undefined ? efforts.at(usual, efforts.full.pretraining) : efforts.within(seconds);
  const fit =
    seconds === undefined
      ? `about ${Math.round((made.spec.pretraining.epochs * situation.counts.unlabelled) / 1000)} thousand images seen by each seed`
      : 'as many as the time allows';
  const mine = new Set(overrides.map(({ path }) => path));
  const choices = explain(situation, made.spec, fit).map((choice) =>
    [...mine].some((path) => choice.setting.startsWith(path) || path.startsWith(choice.setting))
      ? { ...choice, reason: 'you set it' }
      : choice,
  );
  const warnings = warningsOf(countsOf(situation, made.spec), made.spec);
  return { spec: made.spec, choices, estimate: made.estimate, warnings };
}

/** The data as the user's settings have them (dataset.size, dataset.validation and so on): choices follow from them. */
function asWanted(look: DataLook, overrides: readonly Override[]): DataLook {
  const own = overrides.flatMap(({ path, value }) => {
    const key = /^dataset\.([a-z]+)$/i.exec(path)?.[1];
    return key === undefined ? [] : [[key, value] as const];
  });
  // What they are is checked with the whole spec; what is no number does not get into the arithmetic.
  const usable = own.filter(([key, value]) => typeof value === 'number' || !['size', 'validation'].includes(key));
  const dataset = { ...look.dataset, ...Object.fromEntries(usable) };
  if (typeof dataset.unlabelled !== 'number' && dataset.unlabelled !== 'all') delete dataset.unlabelled;
  const grey = look.dataset.kind === 'images' && own.some(([key, value]) => key === 'channels' && value === 1);
  return { ...look, dataset, facts: grey ? { ...look.facts, channels: 1 } : look.facts };
}

/** The user's images in a step; what is no such number is refused with the whole spec. */
function batchOf(overrides: readonly Override[]): number | undefined {
  const given = overrides.findLast(({ path }) => path === 'pretraining.batch')?.value;
  return typeof given === 'number' && given >= 2 ? given : undefined;
}

interface Made {
  effort: Effort;
  spec: ExperimentSpec;
  estimate: Estimate;
}

/** The specs that differ in how much is trained, with what they cost. */
class Efforts {
  readonly full: ReturnType<typeof fullEpochs>;

  constructor(
    private readonly situation: Situation,
    private readonly overrides: readonly Override[],
    private readonly speed: Speed,
  ) {
    this.full = fullEpochs(situation);
  }

  at(rung: Pick<Effort, 'rates' | 'seeds'>, pretrainingEpochs: number): Made {
    const share = Math.min(1, pretrainingEpochs / this.full.pretraining);
    const classifierEpochs = Math.round(this.full.classifier * Math.max(0.5, share));
    const effort = { ...rung, pretrainingEpochs, classifierEpochs };
    const spec = candidate(this.situation, this.overrides, effort);
    return { effort, spec, estimate: this.cost(spec) };
  }

  private cost(spec: ExperimentSpec): Estimate {
    return estimate(spec, countsOf(this.situation, spec), this.speed, this.situation.look.secondsToImport ?? 0);
  }

  /**
   * The dearest that fits: epochs give way first, down to a quarter; then seeds, no lower than 3; then the search; then
   * epochs again. The rungs' cheapest cost more and more, so more time never buys less.
   */
  within(seconds: number): Made {
    const floor = Math.max(this.full.least, Math.ceil(this.full.pretraining / 4));
    const fits = ({ estimate: { total } }: Made) => total <= seconds;
    const rung = [...rungs].reverse().find((of) => fits(this.at(of, floor)));
    if (rung) return this.longest(rung, floor, this.full.pretraining * stretch, fits);
    const [least] = rungs as [(typeof rungs)[number]];
    const shortest = this.at(least, this.full.least);
    if (fits(shortest)) return this.longest(least, this.full.least, floor, fits);
    throw tooShort(seconds, shortest);
  }

  /** The most epochs between `from`, which fits, and `to`. */
  private longest(
    rung: Pick<Effort, 'rates' | 'seeds'>,
    from: number,
    to: number,
    fits: (made: Made) => boolean,
  ): Made {
    let [low, high] = [from, to];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (fits(this.at(rung, middle))) low = middle;
      else high = middle - 1;
    }
    return this.at(rung, low);
  }
}

/** As the spec has it: the user may have set other numbers. */
function countsOf({ look }: Situation, { dataset }: ExperimentSpec): ImageCounts {
  return countImages(look.facts, dataset.validation, dataset.unlabelled);
}

/** The draft with the user's settings, and what follows from both: the target's pace, and what every arm gets. */
function candidate(situation: Situation, overrides: readonly Override[], effort: Effort): ExperimentSpec {
  const draft: ExperimentSpecInput = draftSpec(situation, effort);
  const own = parseSpec(applyOverrides(draft, overrides));
  const { epochs, batch, accumulate } = own.pretraining;
  const steps = epochs * Math.max(1, Math.floor(countsOf(situation, own).unlabelled / (batch * accumulate)));
  const pretraining = { ...draft.pretraining, tau: { base: tauOf(steps), schedule: 'cosine' as const } };
  const classifier = { ...draft.classifier, ...fairClassifier(own) };
  return parseSpec(applyOverrides({ ...draft, pretraining, classifier }, overrides));
}

/** A plan chooses the network by the data, and given weights fit one network alone. */
function refuseUnnamedNetwork(overrides: readonly Override[]): void {
  const given = (path: string) => overrides.find((override) => override.path === path)?.value;
  const whole = given('model') as { weights?: unknown; backbone?: unknown } | undefined;
  const weights = given('model.weights') ?? whole?.weights;
  if (!weights || given('model.backbone') !== undefined || whole?.backbone !== undefined) return;
  throw new SpecError([
    'model.weights is given and model.backbone is not: name the network that the weights are of, such as ' +
      'model.backbone=resnet18 (resnet-mini has a stem and a width too, which are those of the experiment that trained it).',
  ]);
}

function refuseTooFew({ counts, look }: Situation): void {
  const { classes } = look.facts;
  if (classes < 2)
    throw new PlanError(
      `These data have ${classes === 0 ? 'no class' : 'one class'} of labelled images, and a comparison needs 2: every arm learns to tell ` +
        `classes apart. Put labelled images into a folder for each class, or name classes in a list's column "label"; images ` +
        `without labels go into a folder "unlabelled" beside them.`,
    );
  const lacks: string[] = [];
  if (counts.unlabelled < 2) lacks.push(`${counts.unlabelled} images to pretrain on, and a step takes 2 at least`);
  if (counts.pool < 2) lacks.push(`${counts.pool} labelled images outside of validation, and a step takes 2 at least`);
  if (lacks.length === 0) return;
  throw new PlanError(`These data have ${lacks.join('; ')}: add images, or set dataset.validation to fewer.`);
}

/** The next measurement may come out a little slower. */
const headroom = 1.1;

function tooShort(seconds: number, { spec, estimate: { total } }: Made): PlanError {
  const shown = (of: number) => (of < 60 ? `${Math.ceil(of)}s` : `${Math.ceil(of / 60)}m`);
  return new PlanError(
    `time=${shown(seconds)} is too short: the shortest experiment here (${spec.pretraining.epochs === 1 ? '1 epoch' : `${spec.pretraining.epochs} epochs`} of pretraining, ` +
      `${spec.seeds.length} seeds, ${spec.classifier.learningRates.length} learning rates, labels ${spec.labels.join(', ')}) takes about ` +
      `${shown(total)}. Give time=${shown(headroom * total)} or more, or ask for less, such as ${spec.labels.length > 1 ? `labels=[${spec.labels[0]}]` : 'a smaller dataset.size, model.width or dataset.unlabelled'}.`,
  );
}
