import { deviceHoursWords, provenanceOf, timesOf } from './provenance';
import type { Answer } from './answer';
import type { ExperimentResults } from './results';
import { sameSetting, settingName, triedSettings } from './search';
import type { ArmStatistics, BudgetStatistics, Verdict } from './statistics';
import { budgetPhrase, budgetShort, decimal, percent, points, pointsRange } from './wording';

/** A table of the report in words: the page and Markdown draw the same. */
export interface Table {
  caption: string;
  head: string[];
  /** Columns that hold numbers, right-aligned. */
  numbers: number[];
  /** total: stands below a line; chosen: the column that is marked; shades: how dark each cell is, 0..1. The first cell heads its row. */
  rows: { cells: string[]; total?: boolean; chosen?: number; shades?: number[] }[];
}

const cells = (rows: string[][]): Table['rows'] => rows.map((each) => ({ cells: each }));

/** A standard deviation of accuracies in points: '0.7'. */
const deviation = (std: number | null): string => (std === null ? '' : (std * 100).toFixed(1));

/** '80.8% \u00b1 3.5'; '' without a result. */
export const meanAndDeviation = (arm: ArmStatistics | null): string =>
  arm === null ? '' : percent(arm.mean) + (arm.std === null ? '' : ` \u00b1 ${deviation(arm.std)}`);

const verdictWords: Record<Verdict, string> = { helped: 'helped', hurt: 'did harm', 'not-settled': 'not settled' };

const columns = [
  { key: 'supervised', name: 'supervised' },
  { key: 'linearProbe', name: 'linear probe' },
  { key: 'fineTuned', name: 'fine-tuned' },
] as const;
const columnsOf = (budgets: BudgetStatistics[]) =>
  columns.filter(({ key }) => budgets.some((budget) => budget[key] !== null));

/** One row for each label budget. */
export function summaryTable({ budgets, valid, givenWeights }: Answer): Table {
  const shown = columnsOf(budgets);
  const nameOf = ({ key, name }: (typeof shown)[number]) =>
    key === 'supervised' && givenWeights !== null ? `${name} from given weights` : name;
  return {
    caption:
      'Accuracy on the test split: mean \u00b1 standard deviation over the seeds; gain of ' +
      `${budgets[0]?.pretrainedArm ?? 'fine-tuned'} over supervised in points`,
    head: ['labels', ...shown.map(nameOf), 'gain', '95% interval', ...(valid ? ['pretraining'] : [])],
    numbers: Array.from({ length: shown.length + 2 }, (_, at) => at + 1),
    rows: cells(
      budgets.map((budget) => [
        budgetShort(budget.labels, budget.labelCount),
        ...shown.map(({ key }) => meanAndDeviation(budget[key]) || 'none'),
        budget.difference ? points(budget.difference.mean) : 'none',
        budget.difference?.interval ? pointsRange(budget.difference.interval) : 'none',
        ...(valid ? [verdictWords[budget.verdict]] : []),
      ]),
    ),
  };
}

/** Seed by seed, with mean and standard deviation below. */
export function seedTable(budget: BudgetStatistics): Table {
  const { difference } = budget;
  const shown = columnsOf([budget]);
  const arms = shown.map(({ key }) => budget[key]);
  const words = (value: number | undefined, as: (value: number) => string) =>
    value === undefined ? 'none' : as(value);
  const seeds = [...new Set(arms.flatMap((arm) => arm?.seeds ?? []).map(({ seed }) => seed))].sort((a, b) => a - b);
  const rows: Table['rows'] = cells(
    seeds.map((seed) => [
      String(seed),
      ...arms.map((arm) => words(arm?.seeds.find((each) => each.seed === seed)?.accuracy, percent)),
      words(difference?.seeds.find((each) => each.seed === seed)?.difference, points),
    ]),
  );
  rows.push({
    cells: ['mean', ...arms.map((arm) => words(arm?.mean, percent)), words(difference?.mean, points)],
    total: true,
  });
  if (seeds.length > 1)
    rows.push({ cells: ['std', ...[...arms, difference].map((each) => deviation(each?.std ?? null))] });
  return {
    caption: `Seed by seed with ${budgetPhrase(budget.labels, budget.labelCount)}; gain (${budget.pretrainedArm}) and std in points`,
    head: ['seed', ...shown.map(({ name }) => name), 'gain'],
    numbers: Array.from({ length: shown.length + 1 }, (_, at) => at + 1),
    rows,
  };
}

/** Validation accuracy of every setting tried; the chosen one is marked. */
export function searchTable({ comparisons }: ExperimentResults): Table {
  const settings = triedSettings(comparisons);
  const named = settings.map((setting) => settingName(setting, comparisons));
  return {
    caption:
      'Validation accuracy by setting of the search (learning rate, and epochs where they differ); \u2713 marks the chosen one',
    head: ['labels', 'arm', 'seed', ...named],
    numbers: [2, ...settings.map((_, i) => i + 3)],
    rows: comparisons.map((result) => ({
      cells: [
        budgetShort(result.labels, result.labelCount),
        result.arm,
        String(result.seed),
        ...settings.map((each) => {
          const tried = result.search.find((one) => sameSetting(one, each));
          return tried
            ? `${sameSetting(each, result.chosen) ? '\u2713 ' : ''}${percent(tried.validationAccuracy)}`
            : 'not tried';
        }),
      ],
      chosen: settings.findIndex((each) => sameSetting(each, result.chosen)) + 3,
    })),
  };
}

/** How pretraining began and ended, seed by seed. */
export const pretrainingTable = ({ pretraining }: ExperimentResults): Table => ({
  caption: 'How pretraining began and ended; checkpoints by the first 16 digits of their SHA-256',
  head: ['seed', 'epochs', 'first loss', 'last loss', 'last spread', 'images/s', 'checkpoint'],
  numbers: [1, 2, 3, 4, 5],
  rows: cells(
    pretraining.map(({ seed, epochs, checkpoint }) => {
      const first = epochs[0];
      const last = epochs[epochs.length - 1];
      return [
        String(seed),
        String(epochs.length),
        first ? decimal(first.loss) : 'none',
        last ? decimal(last.loss) : 'none',
        last?.spread === undefined ? 'not measured' : decimal(last.spread),
        last ? String(Math.round(last.imagesPerSecond)) : 'none',
        checkpoint.slice(0, 16),
      ];
    }),
  ),
});

/** Versions, machine and digests. */
export const provenanceTable = (results: ExperimentResults): Table => ({
  caption: 'Versions, machine, digests',
  head: ['what', 'value'],
  numbers: [],
  rows: cells(provenanceOf(results)),
});

/** Time of training by stage, in all, and by the clock. */
export const timesTable = (results: ExperimentResults): Table => ({
  caption: deviceHoursWords(results),
  head: ['stage', 'time', results.provenance.device === 'gpu' ? 'GPU hours' : 'device hours'],
  numbers: [1, 2],
  rows: timesOf(results).map(({ cells, total }) => ({ cells, ...(total ? { total } : {}) })),
});
