import { arms, type Arm } from '../../experiment/comparison';
import type { Answer } from '../answer';
import type { Table } from '../tables';
import type { ComparisonResult, ExperimentResults } from '../results';
import { budgetPhrase, budgetShort, percent, whole } from '../wording';
import { meanOf } from '../statistics';
import { section, type Section } from './section';

/** Classes up to which a table of all pairs is legible. */
const mostInMatrix = 20;
const mostRows = 30;

/** How the chosen classifiers do on the test split beyond accuracy; class by class with the most labels. */
export function classificationSection(answer: Answer, { comparisons }: ExperimentResults): Section | null {
  const most = answer.budgets[answer.budgets.length - 1];
  if (!most) return null;
  const own = comparisons.filter((result) => result.labels === most.labels);
  const labels = budgetPhrase(most.labels, most.labelCount);
  return section('Beyond accuracy', [
    {
      notes: [
        'Macro F1 counts each class alike, however many images it has. The expected calibration error says how far the ' +
          'stated probabilities are from the share that is right: 0 is perfect. All are means over the seeds, on the test split.',
      ],
    },
    { tables: [metricsTable(answer, comparisons), classTable(own, labels), ...confusionTables(own, labels)] },
  ]);
}

const present = (comparisons: ComparisonResult[]): Arm[] =>
  arms.filter((arm) => comparisons.some((result) => result.arm === arm));

function metricsTable({ budgets }: Answer, comparisons: ComparisonResult[]): Table {
  const top5 = comparisons.some(({ test }) => test.top5 !== null);
  const rows = budgets.flatMap(({ labels, labelCount }) =>
    present(comparisons).flatMap((arm) => {
      const tests = comparisons.filter((each) => each.labels === labels && each.arm === arm).map(({ test }) => test);
      if (tests.length === 0) return [];
      const mean = (of: 'accuracy' | 'macroF1' | 'ece') => percent(meanOf(tests.map((test) => test[of])));
      const five = top5 ? [percent(meanOf(tests.map((test) => test.top5 ?? NaN)))] : [];
      return [
        { cells: [budgetShort(labels, labelCount), arm, mean('accuracy'), ...five, mean('macroF1'), mean('ece')] },
      ];
    }),
  );
  return {
    caption: 'Measures on the test split, means over the seeds',
    head: ['labels', 'arm', 'accuracy', ...(top5 ? ['top-5'] : []), 'macro F1', 'calibration error'],
    numbers: top5 ? [2, 3, 4, 5] : [2, 3, 4],
    rows,
  };
}

/** Recall, precision and F1 of each class by arm; of many classes those whose recall differs most. */
function classTable(comparisons: ComparisonResult[], labels: string): Table {
  const shown = present(comparisons);
  const classes = comparisons[0]?.test.perClass ?? [];
  const mean = (arm: Arm, at: number, of: 'recall' | 'precision' | 'f1') =>
    meanOf(comparisons.filter((each) => each.arm === arm).map(({ test }) => test.perClass[at]?.[of] ?? NaN));
  const rows = classes.map(({ name, count }, at) => {
    const recalls = shown.map((arm) => mean(arm, at, 'recall'));
    const measures = shown.map((arm, i) => [recalls[i] ?? NaN, mean(arm, at, 'precision'), mean(arm, at, 'f1')]);
    return { name, count, measures, range: Math.max(...recalls) - Math.min(...recalls) };
  });
  const cut = rows.length > mostRows;
  const kept = cut ? [...rows].sort((a, b) => b.range - a.range).slice(0, mostRows) : rows;
  return {
    caption:
      `Recall / precision / F1 of each class in percent, with ${labels}. Recall: share of its images that were named ` +
      `right; precision: share of the images given its name that are of it` +
      (cut ? `; the ${mostRows} of ${whole(rows.length)} classes whose recall differs most between the arms` : ''),
    head: ['class', 'images', ...shown],
    numbers: [1, ...shown.map((_, at) => at + 2)],
    rows: kept.map(({ name, count, measures }) => ({
      cells: [name, whole(count), ...measures.map((each) => each.map((value) => (100 * value).toFixed(1)).join(' / '))],
    })),
  };
}

/** Sum of the seeds' confusion matrices of one arm; empty where there is none. */
function confusionOf(comparisons: ComparisonResult[], arm: Arm): number[][] {
  const [first, ...more] = comparisons.filter((each) => each.arm === arm).map(({ test }) => test.confusion);
  return (first ?? []).map((row, r) =>
    row.map((value, c) => more.reduce((sum, one) => sum + (one[r]?.[c] ?? 0), value)),
  );
}

function confusionTables(comparisons: ComparisonResult[], labels: string): Table[] {
  const names = comparisons[0]?.test.perClass.map(({ name }) => name) ?? [];
  return present(comparisons).flatMap((arm) => {
    const matrix = confusionOf(comparisons, arm);
    if (matrix.length === 0) return [];
    return names.length <= mostInMatrix
      ? [matrixTable(matrix, names, arm, labels)]
      : [pairsTable(matrix, names, arm, labels)];
  });
}

function matrixTable(matrix: number[][], names: string[], arm: Arm, labels: string): Table {
  return {
    caption: `Confusion, ${arm}, ${labels}, all seeds: true class by row, predicted class by column, shares of the row in percent`,
    head: ['true class', ...names],
    numbers: names.map((_, at) => at + 1),
    rows: matrix.map((row, r) => {
      const total = row.reduce((sum, value) => sum + value, 0);
      const shares = row.map((value) => (total === 0 ? 0 : value / total));
      return {
        cells: [names[r] ?? '', ...shares.map((share) => (share === 0 ? '' : (100 * share).toFixed(1)))],
        shades: [0, ...shares],
      };
    }),
  };
}

/** Of many classes, the pairs that are mistaken most. */
function pairsTable(matrix: number[][], names: string[], arm: Arm, labels: string): Table {
  const pairs = matrix.flatMap((row, r) =>
    row.flatMap((value, c) =>
      r === c || value === 0 ? [] : [{ truth: names[r] ?? '', predicted: names[c] ?? '', value }],
    ),
  );
  const worst = pairs.sort((a, b) => b.value - a.value).slice(0, 12);
  return {
    caption: `What is mistaken most, ${arm}, ${labels}, images over all seeds`,
    head: ['true class', 'predicted', 'images'],
    numbers: [2],
    rows: worst.map(({ truth, predicted, value }) => ({ cells: [truth, predicted, whole(value)] })),
  };
}
