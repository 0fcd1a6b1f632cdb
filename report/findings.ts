import type { ComparisonResult, ExperimentResults } from './results';
import { budgetPhrase, decimal, listed, rate } from './wording';

/** invalid: the comparison must not be read as an answer. warning: it can, with this in mind. */
export interface Finding {
  level: 'invalid' | 'warning';
  text: string;
  about: 'pretraining' | 'search' | 'results';
}

/** Spread of the embedding below which an encoder maps every image to nearly the same place (1 is healthy). */
export const collapsedBelow = 0.1;

const seedsNamed = (seeds: number[]): string => `${seeds.length === 1 ? 'seed' : 'seeds'} ${listed(seeds.map(String))}`;

function pretrainingFindings({ spec, pretraining }: ExperimentResults): Finding[] {
  if (spec.pretraining.epochs === 0)
    return [
      {
        level: 'invalid',
        about: 'pretraining',
        text: 'No pretraining was done (0 epochs in the spec): both arms start from fresh weights, and their difference says nothing about BYOL.',
      },
    ];
  const ends = pretraining.flatMap(({ seed, epochs }) => {
    const end = epochs[epochs.length - 1];
    return end ? [{ seed, ...end }] : [];
  });
  const diverged = ends.filter((end) => !Number.isFinite(end.loss) || Number.isNaN(end.spread));
  const collapsed = ends.filter((end) => end.spread !== undefined && end.spread < collapsedBelow);
  const unmeasured = ends.filter((end) => end.spread === undefined);
  const findings: Finding[] = [];
  if (diverged.length > 0)
    findings.push({
      level: 'invalid',
      about: 'pretraining',
      text: `Pretraining diverged for ${seedsNamed(diverged.map((end) => end.seed))}. Its loss is no longer a finite number. Lower pretraining.learningRate or raise pretraining.schedule.warmup.`,
    });
  if (collapsed.length > 0)
    findings.push({
      level: 'invalid',
      about: 'pretraining',
      text: `The encoder collapsed for ${seedsNamed(collapsed.map((end) => end.seed))} (${collapsed.length} of ${ends.length}). At the end of pretraining it gave nearly the same embedding for every image (spread ${listed(collapsed.map((end) => decimal(end.spread ?? NaN)))}; healthy is about 1, collapsed below ${collapsedBelow}). Lower pretraining.learningRate, raise pretraining.tau.base or take a larger batch, and run again.`,
    });
  if (unmeasured.length > 0)
    findings.push({
      level: 'warning',
      about: 'pretraining',
      text: `Whether the encoder collapsed is not known for ${seedsNamed(unmeasured.map((end) => end.seed))}: the spread of its embedding was not recorded.`,
    });
  return findings;
}

const describe = (result: ComparisonResult): string =>
  `${result.arm} with ${budgetPhrase(result.labels, result.labelCount)}, seed ${result.seed}`;

const ratesOf = (result: ComparisonResult): number[] =>
  result.search.map((tried) => tried.learningRate).sort((a, b) => a - b);

function searchFindings(comparisons: ComparisonResult[]): Finding[] {
  const first = comparisons[0];
  if (!first) return [];
  const findings: Finding[] = [];
  const other = comparisons.find((result) => String(ratesOf(result)) !== String(ratesOf(first)));
  if (other)
    findings.push({
      level: 'invalid',
      about: 'search',
      text: `The search was not the same for all: ${describe(first)} tried the learning rates ${listed(ratesOf(first).map(rate))}, ${describe(other)} tried ${listed(ratesOf(other).map(rate))}. A comparison is fair only when every arm searches the same list.`,
    });
  const misled = comparisons.filter((result) => {
    const best = Math.max(...result.search.map((tried) => tried.validationAccuracy));
    return result.search.find((tried) => tried.learningRate === result.chosen)?.validationAccuracy !== best;
  });
  if (misled[0])
    findings.push({
      level: 'invalid',
      about: 'search',
      text: `The learning rate ${rate(misled[0].chosen)} was not the best on the validation split for ${describe(misled[0])}${misled.length > 1 ? ` (and ${misled.length - 1} more)` : ''}: something other than the validation split chose it.`,
    });
  return findings;
}

const consequence = {
  supervised: 'The baseline may then be too low, and the gain too large.',
  'fine-tuned': 'The gain may then be too small.',
} as const;

/** '50 labels: 2 of 2; 100 labels: 1 of 2' */
function byBudget(some: ComparisonResult[], all: ComparisonResult[]): string {
  const budgets = [...new Map(all.map((result) => [result.labels, result])).values()];
  return budgets
    .map(({ labels, labelCount }) => {
      const count = (results: ComparisonResult[]) => results.filter((result) => result.labels === labels).length;
      return `${budgetPhrase(labels, labelCount)}: ${count(some)} of ${count(all)}`;
    })
    .join('; ');
}

/** A best rate at the end of the list: a better one may lie beyond. Said for each arm, since it can favour one of them. */
function edgeFindings(comparisons: ComparisonResult[]): Finding[] {
  return (['supervised', 'fine-tuned'] as const).flatMap((arm) => {
    const searched = comparisons.filter((result) => result.arm === arm && result.search.length > 1);
    return (['lowest', 'highest'] as const).flatMap((end): Finding[] => {
      const atEnd = searched.filter(
        (result) => result.chosen === (end === 'lowest' ? ratesOf(result)[0] : ratesOf(result).pop()),
      );
      if (atEnd.length * 2 <= searched.length) return [];
      return [
        {
          level: 'warning',
          about: 'search',
          text: `In ${atEnd.length} of ${searched.length} searches of the ${arm} arm the best learning rate was the ${end} of the list (${byBudget(atEnd, searched)}), so that a better one may lie beyond it. ${consequence[arm]} Add one to classifier.learningRates and run again.`,
        },
      ];
    });
  });
}

function pairFindings(comparisons: ComparisonResult[]): Finding[] {
  const findings: Finding[] = [];
  const there = new Set(comparisons.map((result) => `${result.arm} ${result.labels} ${result.seed}`));
  const alone = comparisons.filter((result) => {
    const other = result.arm === 'supervised' ? 'fine-tuned' : 'supervised';
    return !there.has(`${other} ${result.labels} ${result.seed}`);
  });
  if (alone.length > 0)
    findings.push({
      level: 'warning',
      about: 'results',
      text: `Only one of the two arms has a result for ${alone.map(describe).join('; ')}. Differences are taken over the seeds that have both.`,
    });
  const paired = new Set(comparisons.map(({ labels, seed }) => `${labels} ${seed}`));
  const perBudget = [...new Set(comparisons.map(({ labels }) => labels))].map(
    (labels) => [...paired].filter((pair) => pair.startsWith(`${labels} `)).length,
  );
  if (perBudget.includes(2))
    findings.push({
      level: 'warning',
      about: 'results',
      text: 'Only 2 seeds: the interval rests on how far two gains happen to lie apart, so that "helped" and "not settled" can both be luck. Run at least 3.',
    });
  if (new Set(comparisons.map((result) => result.test.count)).size > 1)
    findings.push({
      level: 'invalid',
      about: 'results',
      text: 'The results were measured on test splits of different sizes, so that their accuracies cannot be compared.',
    });
  return findings;
}

/** What a reader must know before believing the comparison: the worst first, empty when nothing was found. */
export function examine(results: ExperimentResults): Finding[] {
  const { comparisons } = results;
  const findings = [
    ...pretrainingFindings(results),
    ...searchFindings(comparisons),
    ...pairFindings(comparisons),
    ...edgeFindings(comparisons),
  ];
  return [
    ...findings.filter((each) => each.level === 'invalid'),
    ...findings.filter((each) => each.level === 'warning'),
  ];
}
