import type { ComparisonOf } from '../experiment/comparison';
import type { ExperimentSpec } from '../experiment/resolve';
import { searchGrid } from '../experiment/search-grid';
import { latestCheckpoint } from '../storage/checkpoint-restore';
import { classifierRun, comparisonRun, pretrainingRun, result } from '../storage/keys';
import type { ObjectStore } from '../storage/object-store';
import type { KeptStage } from '../workflows/progress';
import { remark, type Output } from './output';

/** How far one stage is according to storage, which is where a resumed run goes on. */
export interface Standing extends KeptStage {
  total: number;
  /** Checkpoints that cannot be used, a sentence each. */
  skipped: string[];
}

/** Reads from storage how far every stage of an experiment is. */
export async function standings(store: ObjectStore, spec: ExperimentSpec): Promise<Standing[]> {
  const all: Standing[] = [];
  for (const seed of spec.seeds) {
    const pretrained = await epochsDone(store, spec.name, [pretrainingRun(seed)]);
    const total = spec.pretraining.epochs;
    all.push({ stage: 'pretraining', seed, ...pretrained, total, complete: pretrained.done >= total });
    for (const arm of spec.arms)
      for (const labels of spec.labels) all.push(await comparison(store, spec, { seed, arm, labels }));
  }
  return all;
}

/** The first comparison that has no result yet, in words; null where all have one. */
export async function firstUnjudged(store: ObjectStore, spec: ExperimentSpec): Promise<string | null> {
  const all = spec.seeds.flatMap((seed) =>
    spec.arms.flatMap((arm) => spec.labels.map((labels): ComparisonOf => ({ seed, arm, labels }))),
  );
  const kept = await Promise.all(all.map((of) => store.head(result(spec.name, comparisonRun(of)))));
  const first = all.find((_, i) => kept[i] === null);
  return first ? stageName({ stage: first.arm, ...first }) : null;
}

async function comparison(store: ObjectStore, spec: ExperimentSpec, of: ComparisonOf): Promise<Standing> {
  const settings = searchGrid(spec.classifier);
  const total = settings.reduce((sum, { epochs }) => sum + epochs, 0);
  const base = { stage: of.arm, seed: of.seed, labels: of.labels, total };
  const runs = settings.map((setting) => classifierRun({ ...of, ...setting }));
  const trained = await epochsDone(store, spec.name, runs);
  const judged = (await store.head(result(spec.name, comparisonRun(of)))) !== null;
  return { ...base, ...trained, complete: judged && trained.done >= total };
}

async function epochsDone(store: ObjectStore, experiment: string, runs: readonly string[]) {
  const newest = await Promise.all(
    runs.map(async (run) => {
      const skipped: string[] = [];
      const found = await latestCheckpoint(store, { experiment, run }, skipped);
      return { epoch: found?.manifest.position.epoch ?? 0, skipped };
    }),
  );
  return {
    done: newest.reduce((sum, { epoch }) => sum + epoch, 0),
    skipped: newest.flatMap(({ skipped }) => skipped),
  };
}

/** What the progress is shown from. */
export const keptOf = ({ stage, seed, labels, done, complete }: Standing): KeptStage => ({
  ...{ stage, seed, done, complete },
  ...(labels === undefined ? {} : { labels }),
});

const stageName = ({ stage, seed, labels }: Pick<Standing, 'stage' | 'seed' | 'labels'>): string =>
  `${stage}, seed ${seed}${labels === undefined ? '' : `, ${labels} labels`}`;

/** `pretraining, seed 1: goes on after epoch 3 of 6` */
export function standingLine({ done, total, complete, ...stage }: Standing): string {
  const name = stageName(stage);
  if (complete) return `${name}: complete`;
  if (done === 0) return `${name}: from the start`;
  const left = done >= total ? 'trained, the evaluation is left' : `${done} of ${total} epochs are done`;
  return `${name}: ${left}`;
}

/** Says that an experiment goes on, and from where. */
export function sayGoingOn(
  name: string,
  state: 'started' | 'running',
  stages: readonly Standing[],
  output: Output,
): void {
  output.line(state === 'running' ? `"${name}" is running already; this joins it.` : `"${name}" goes on:`);
  if (state === 'running') return;
  for (const stage of stages) output.line(`  ${standingLine(stage)}`);
  for (const skipped of stages.flatMap((stage) => stage.skipped)) remark(`A checkpoint cannot be used: ${skipped}`);
}
