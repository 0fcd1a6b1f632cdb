import type { LabelEfficiency } from '../label-efficiency';
import type { BudgetStatistics } from '../statistics';
import { budgetPhrase, budgetShort, percent, points, pointsRange } from '../wording';
import { colors, drawFigure, numberAxis, percentTick, placesAxis, type Figure, type Series } from './chart';

const armLooks = [
  { key: 'fineTuned', name: 'BYOL, fine-tuned', color: colors.fineTuned, symbol: 'circle', side: 1 },
  { key: 'linearProbe', name: 'BYOL, linear probe', color: colors.linearProbe, symbol: 'triangle', side: 0 },
  { key: 'supervised', name: 'supervised', color: colors.supervised, symbol: 'diamond', side: -1 },
] as const;

const shortNames = (budgets: BudgetStatistics[]): string[] =>
  budgets.map((budget) => budgetShort(budget.labels, budget.labelCount));

/** Test accuracy by label budget: a mark a seed, a line through the means; the efficiency found is a dotted line across. */
export function accuracyByBudget(budgets: BudgetStatistics[], efficiency: LabelEfficiency | null): Figure {
  const shift = 0.03 * Math.min(budgets.length, 6);
  const looks = armLooks.filter(({ key }) => budgets.some((budget) => budget[key] !== null));
  const series = looks.flatMap((look): Series[] => {
    const means = budgets.flatMap((budget, i) => {
      const arm = budget[look.key];
      return arm ? [[i + 1 + look.side * shift, arm.mean]] : [];
    });
    const seeds = budgets.flatMap((budget, i) =>
      (budget[look.key]?.seeds ?? []).map((each) => [i + 1 + look.side * 2 * shift, each.accuracy]),
    );
    const mark = { color: look.color, borderColor: look.color };
    return [
      {
        type: 'line',
        name: look.name,
        data: means,
        symbol: look.symbol,
        symbolSize: 11,
        color: look.color,
        lineStyle: { width: 2 },
        itemStyle: mark,
      },
      { type: 'scatter', data: seeds, symbol: look.symbol, symbolSize: 6, itemStyle: { ...mark, opacity: 0.55 } },
    ];
  });
  if (efficiency?.few.pretrained) {
    const level = efficiency.few.pretrained.mean;
    const data = [efficiency.few, efficiency.many].map((budget) => [budgets.indexOf(budget) + 1, level]);
    series.push({ type: 'line', data, symbol: 'none', lineStyle: { color: colors.ink, type: 'dotted', width: 1.5 } });
  }
  const told = budgets.map(
    (budget) =>
      `${budgetPhrase(budget.labels, budget.labelCount)}: ` +
      looks.map((look) => `${look.name} ${meanWords(budget[look.key]?.mean)}`).join(', '),
  );
  return drawFigure({
    id: 'accuracy',
    title:
      'Accuracy on the test split: large marks are means, small marks single seeds' +
      (efficiency ? '; dotted: what is compared across labels' : ''),
    description: `Test accuracy by number of labels. ${told.join('; ')}.`,
    xAxis: placesAxis(shortNames(budgets), 'labelled images'),
    yAxis: numberAxis({ format: percentTick }),
    series,
    legend: looks.map((look) => look.name),
  });
}

const meanWords = (mean: number | undefined): string => (mean === undefined ? 'no result' : percent(mean));

const armLook = ({ pretrainedArm }: BudgetStatistics) => (pretrainedArm === 'fine-tuned' ? armLooks[0] : armLooks[1]);

const line = (data: number[][], width: number, color: string): Series => ({
  type: 'line',
  data,
  symbol: 'none',
  lineStyle: { color, width },
});

/** What stands over one label budget, at `x`: the interval, the mean on it, and a dot a seed beside them. */
function gainMarks(budget: BudgetStatistics, x: number): Series[] {
  const { difference } = budget;
  const { color } = armLook(budget);
  if (!difference) return [];
  const interval = difference.interval?.map((end) => [x, end]);
  return [
    ...(interval ? [line(interval, 3, color)] : []),
    { type: 'scatter', data: [[x, difference.mean]], symbol: 'rect', symbolSize: [18, 4], itemStyle: { color } },
    {
      type: 'scatter',
      data: difference.seeds.map((each) => [x + 0.17, each.difference]),
      symbolSize: 6,
      itemStyle: { color, opacity: 0.55 },
    },
  ];
}

/** Gain of fine-tuning (or of the linear probe, where nothing was fine-tuned) over supervised training by label budget: a dot a seed, the mean and its 95 % interval. */
export function gainByBudget(budgets: BudgetStatistics[]): Figure {
  const ends = [0.4, budgets.length + 0.6].map((x) => [x, 0]);
  const series = [line(ends, 1.5, colors.ink), ...budgets.flatMap((budget, i) => gainMarks(budget, i + 1))];
  const told = budgets.map(({ labels, labelCount, difference }) => {
    const interval = difference?.interval ? `, 95% interval ${pointsRange(difference.interval)}` : ', no interval';
    return `${budgetPhrase(labels, labelCount)}: ${difference ? `${points(difference.mean)} points${interval}` : 'no pair'}`;
  });
  return drawFigure({
    id: 'gain',
    title: `Gain in points, ${budgets[0]?.pretrainedArm} minus supervised: bar = 95% interval of the mean, dots = seeds`,
    description: `Gain by number of labels. ${told.join('; ')}.`,
    xAxis: placesAxis(shortNames(budgets), 'labelled images'),
    yAxis: numberAxis({ format: (value) => points(value).replace(/\.0$/, '') }),
    series,
  });
}

/** Each seed's two accuracies at one label budget, joined by a line. */
export function pairedSeeds(budget: BudgetStatistics): Figure {
  const tuned = new Map(budget.pretrained?.seeds.map((each) => [each.seed, each.accuracy]));
  const pairs = (budget.supervised?.seeds ?? []).flatMap(({ seed, accuracy }) => {
    const after = tuned.get(seed);
    return after === undefined ? [] : [{ seed, before: accuracy, after }];
  });
  const look = armLook(budget);
  const phrase = budgetPhrase(budget.labels, budget.labelCount);
  return drawFigure({
    id: `pairs-${budget.labels}`,
    title: `Seed by seed with ${phrase}`,
    description: pairs.map((each) => `Seed ${each.seed}: ${percent(each.before)} to ${percent(each.after)}.`).join(' '),
    xAxis: placesAxis(['supervised', look.name], 'one line for each seed'),
    yAxis: numberAxis({ format: percentTick }),
    series: pairs.map(({ before, after }): Series => ({
      type: 'line',
      lineStyle: { color: colors.faint, width: 1.5 },
      data: [
        {
          value: [1, before],
          symbol: 'diamond',
          symbolSize: 9,
          itemStyle: { color: colors.supervised, borderColor: colors.supervised },
        },
        {
          value: [2, after],
          symbol: look.symbol,
          symbolSize: 8,
          itemStyle: { color: look.color, borderColor: look.color },
        },
      ],
    })),
  });
}
