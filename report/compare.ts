import { z } from 'zod';
import { arms, type Arm, type LabelBudget } from '../experiment/comparison';
import { differences } from '../experiment/overrides';
import { experimentResults, type ComparisonResult } from './results';
import {
  armStatistics,
  differenceStatistics,
  type ArmStatistics,
  type DifferenceStatistics,
  varies,
} from './statistics';
import { budgetShort, counted, percent, points, pointsRange } from './wording';

const reportDocument = z.object({
  format: z.literal('durable-byol-report/1'),
  // Of the rest, report.json leaves out the pictures.
  results: experimentResults.pick({ experiment: true, spec: true, dataset: true, comparisons: true }),
});
/** What a comparison reads of a report.json. */
export type Compared = z.output<typeof reportDocument>['results'];

/** The results in a report.json; null where it is none of this version. */
export function parseReport(text: string): Compared | null {
  try {
    return reportDocument.safeParse(JSON.parse(text)).data?.results ?? null;
  } catch {
    return null;
  }
}

/** One arm with one label budget, in both experiments. */
export interface ArmPair {
  arm: Arm;
  labels: LabelBudget;
  /** Labelled images trained on, by experiment. */
  labelCounts: [number, number];
  first: ArmStatistics;
  second: ArmStatistics;
  /** Second minus first over the seeds of both; null without a common seed, or where the images are not the same. */
  difference: DifferenceStatistics | null;
}

export interface SideBySide {
  /** `path: first -> second`; names and descriptions left out. */
  settings: string[];
  /** Both were tested on the same images. */
  sameImages: boolean;
  pairs: ArmPair[];
}

/** Two experiments side by side: in what they differ, and how each arm did in both. */
export function compareExperiments(first: Compared, second: Compared): SideBySide {
  const sameImages = first.dataset.digest === second.dataset.digest;
  const budgets = [...new Map(first.comparisons.map(({ labels, labelCount }) => [labels, labelCount]))];
  const pairs = budgets
    .sort((a, b) => a[1] - b[1])
    .flatMap(([labels]) => arms.flatMap((arm) => pairOf(arm, labels, first, second, sameImages) ?? []));
  return { settings: differences(settingsOf(first), settingsOf(second)), sameImages, pairs };
}

function settingsOf({ spec: { name: _name, description: _description, ...settings } }: Compared) {
  return settings;
}

function pairOf(arm: Arm, labels: LabelBudget, first: Compared, second: Compared, sameImages: boolean): ArmPair | null {
  const own = ({ comparisons }: Compared) => comparisons.filter((each) => each.labels === labels);
  const [a, b] = [own(first), own(second)];
  const [one, other] = [armStatistics(a, arm), armStatistics(b, arm)];
  if (!one || !other) return null;
  const counts: [number, number] = [countOf(a), countOf(b)];
  const difference = sameImages ? differenceStatistics(one, other) : null;
  return { arm, labels, labelCounts: counts, first: one, second: other, difference };
}

const countOf = (results: ComparisonResult[]) => results[0]?.labelCount ?? 0;

/** Head and rows of the table that people read. */
export function comparisonTable({ pairs, sameImages }: SideBySide, names: readonly [string, string]) {
  const head = ['labels', 'arm', ...names, ...(sameImages ? ['difference, points', '95% interval'] : [])];
  const rows = pairs.map(({ arm, labels, labelCounts: [one, other], first, second, difference }) => [
    one === other ? budgetShort(labels, one) : `${budgetShort(labels, one)} / ${budgetShort(labels, other)}`,
    arm,
    percent(first.mean),
    percent(second.mean),
    ...(sameImages ? [difference ? points(difference.mean) : 'no common seed', intervalOf(difference)] : []),
  ]);
  return { head, rows };
}

function intervalOf(difference: DifferenceStatistics | null): string {
  if (!difference) return '';
  const over = counted(difference.seeds.length, 'seed');
  if (!difference.interval) return `${over}: none`;
  const same = difference.mean === 0 && !varies(difference) ? ', the same in each' : '';
  return `${pointsRange(difference.interval)} (${over})${same}`;
}
