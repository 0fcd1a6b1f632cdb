import { collapseOf, diverged } from './collapse';
import type { ComparisonResult, ExperimentResults } from './results';
import { arms } from '../experiment/comparison';
import type { Setting } from '../experiment/search-grid';
import { chosenOf, settingName, settingsOf } from './search';
import { budgetPhrase, listed } from './wording';

/** invalid: the comparison must not be read as an answer. warning: it can, with this in mind. */
export interface Finding {
  level: 'invalid' | 'warning';
  text: string;
  about: 'pretraining' | 'search' | 'results';
}

const seedsNamed = (seeds: number[]): string => `${seeds.length === 1 ? 'seed' : 'seeds'} ${listed(seeds.map(String))}`;

function pretrainingFindings({ spec, pretraining, dataset }: ExperimentResults): Finding[] {
  if (spec.pretraining.epochs === 0)
    return [
      {
        level: 'invalid',
        about: 'pretraining',
        text: 'No pretraining was done (0 epochs in the spec): every arm starts from fresh weights, and their difference says nothing about BYOL.',
      },
    ];
  const ends = pretraining.flatMap(({ seed, epochs }) => {
    const end = epochs[epochs.length - 1];
    return end ? [{ seed, ...end }] : [];
  });
  const broken = ends.filter(diverged);
  const collapsed = pretraining.flatMap(({ seed, epochs }) => {
    const collapse = broken.some((end) => end.seed === seed)
      ? null
      : collapseOf(epochs, spec.pretraining.epochs, dataset.classes.length);
    return collapse ? [{ seed, ...collapse }] : [];
  });
  const unmeasured = ends.filter((end) => end.spread === undefined);
  const findings: Finding[] = [];
  if (broken.length > 0)
    findings.push({
      level: 'invalid',
      about: 'pretraining',
      text: `Pretraining diverged for ${seedsNamed(broken.map((end) => end.seed))}. Its loss is no longer a finite number. Lower pretraining.learningRate or raise pretraining.schedule.warmup.`,
    });
  const [worst] = [...collapsed].sort((a, b) => a.epoch - b.epoch);
  if (worst)
    findings.push({
      level: 'invalid',
      about: 'pretraining',
      text: `The encoder collapsed for ${seedsNamed(collapsed.map(({ seed }) => seed))} (${collapsed.length} of ${ends.length}). From epoch ${worst.epoch} to the end seed ${worst.seed} had ${worst.reason}. Lower pretraining.learningRate, raise pretraining.tau.base or take a larger batch, and run again.`,
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

function searchFindings(comparisons: ComparisonResult[]): Finding[] {
  const first = comparisons[0];
  if (!first) return [];
  const findings: Finding[] = [];
  const list = (result: ComparisonResult) => settingsOf([result]).map((setting) => settingName(setting, comparisons));
  const other = comparisons.find((result) => list(result).join() !== list(first).join());
  if (other)
    findings.push({
      level: 'invalid',
      about: 'search',
      text: `The search was not the same for all: ${describe(first)} tried the settings ${list(first).join('; ')}, but ${describe(other)} tried ${list(other).join('; ')}. A comparison is fair only when every arm searches the same list.`,
    });
  const misled = comparisons.filter((result) => {
    const best = Math.max(...result.search.map((tried) => tried.validationAccuracy));
    return chosenOf(result)?.validationAccuracy !== best;
  });
  if (misled[0])
    findings.push({
      level: 'invalid',
      about: 'search',
      text: `The setting ${settingName(misled[0].chosen, comparisons)} was not the best on the validation split for ${describe(misled[0])}${misled.length > 1 ? ` (and ${misled.length - 1} more)` : ''}: something other than the validation split chose it.`,
    });
  return findings;
}

const consequence = {
  supervised: 'The baseline may then be too low, and the gain too large.',
  'linear-probe': 'The gain of the linear probe may then be too small.',
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

/** The ends of the search at which a better setting may lie beyond. */
const edges: { axis: keyof Setting; end: 'lowest' | 'highest'; words: string; beyond: string; remedy: string }[] = [
  {
    axis: 'learningRate',
    end: 'lowest',
    words: 'learning rate was the lowest',
    beyond: 'a better one may lie beyond it',
    remedy: 'Add one to classifier.learningRates',
  },
  {
    axis: 'learningRate',
    end: 'highest',
    words: 'learning rate was the highest',
    beyond: 'a better one may lie beyond it',
    remedy: 'Add one to classifier.learningRates',
  },
  {
    axis: 'epochs',
    end: 'highest',
    words: 'number of epochs was the largest',
    beyond: 'longer training may do better still',
    remedy: 'Add a larger one to classifier.epochs',
  },
];

/** A best setting at an end of the list. Said for each arm, since it can favour one of them. */
function edgeFindings(comparisons: ComparisonResult[]): Finding[] {
  return arms.flatMap((arm) =>
    edges.flatMap(({ axis, end, words, beyond, remedy }): Finding[] => {
      const valuesOf = (result: ComparisonResult) => result.search.map((tried) => tried[axis]);
      const searched = comparisons.filter((result) => result.arm === arm && new Set(valuesOf(result)).size > 1);
      const extreme = end === 'lowest' ? Math.min : Math.max;
      const atEnd = searched.filter((result) => result.chosen[axis] === extreme(...valuesOf(result)));
      if (atEnd.length * 2 <= searched.length) return [];
      return [
        {
          level: 'warning',
          about: 'search',
          text: `In ${atEnd.length} of ${searched.length} searches of the ${arm} arm the best ${words} of the list (${byBudget(atEnd, searched)}), so that ${beyond}. ${consequence[arm]} ${remedy} and run again.`,
        },
      ];
    }),
  );
}

function pairFindings(comparisons: ComparisonResult[]): Finding[] {
  const findings: Finding[] = [];
  const there = new Set(comparisons.map((result) => `${result.arm} ${result.labels} ${result.seed}`));
  const present = arms.filter((arm) => comparisons.some((result) => result.arm === arm));
  const alone = comparisons.filter(
    ({ labels, seed }) => !present.every((arm) => there.has(`${arm} ${labels} ${seed}`)),
  );
  if (alone.length > 0)
    findings.push({
      level: 'warning',
      about: 'results',
      text: `Not every arm has a result beside ${alone.map(describe).join('; ')}. Differences are taken over the seeds that have both arms.`,
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
