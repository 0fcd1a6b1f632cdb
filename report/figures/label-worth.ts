import type { Equivalence } from '../labels-needed';
import type { BudgetStatistics } from '../statistics';
import { aboutLabels, budgetPhrase, whole } from '../wording';
import { colors, drawFigure, numberAxis, percentTick, type Figure, type Series } from './chart';

/** Where labels stand on the axis. */
const place = (labels: number) => Math.log10(labels);

/** Mean accuracy over the logarithm of the labels; dotted lines go from the pretrained arm to the baseline's curve. */
export function labelWorthFigure(budgets: BudgetStatistics[], equivalences: Equivalence[]): Figure {
  const counts = budgets.map(({ labelCount }) => labelCount);
  const tuned = equivalences[0]?.budget.pretrainedArm !== 'linear-probe';
  const pretrained = {
    name: tuned ? 'BYOL, fine-tuned' : 'BYOL, linear probe',
    color: tuned ? colors.fineTuned : colors.linearProbe,
    symbol: tuned ? 'circle' : 'triangle',
  };
  const supervised = { name: 'supervised', color: colors.supervised, symbol: 'diamond' };
  const curve = (look: { name: string; color: string; symbol: string }, of: 'pretrained' | 'supervised'): Series => ({
    type: 'line',
    ...look,
    symbolSize: 9,
    lineStyle: { width: 2 },
    itemStyle: { color: look.color, borderColor: look.color },
    data: budgets.flatMap((budget) => (budget[of] ? [[place(budget.labelCount), budget[of].mean]] : [])),
  });
  const told = equivalences.flatMap(({ budget, needed }) =>
    typeof needed === 'number'
      ? [
          `${budgetPhrase(budget.labels, budget.labelCount)} reach what supervised training needs ${aboutLabels(needed)} for`,
        ]
      : [],
  );
  return drawFigure({
    id: 'label-worth',
    title: 'Mean accuracy by labels; dotted: where supervised training reaches the same',
    description: told.length > 0 ? `${told.join('; ')}.` : 'No accuracy of one arm lies on the curve of the other.',
    xAxis: labelAxis(counts),
    yAxis: numberAxis({ format: percentTick }),
    series: [curve(pretrained, 'pretrained'), curve(supervised, 'supervised'), ...equivalences.flatMap(across)],
    legend: [pretrained.name, supervised.name],
  });
}

/** The dotted line from the pretrained arm's mean to the labels with which supervised training has the same. */
function across({ budget, needed }: Equivalence): Series[] {
  const { pretrained } = budget;
  if (typeof needed !== 'number' || !pretrained) return [];
  return [
    {
      type: 'line',
      symbol: 'none',
      lineStyle: { color: colors.ink, type: 'dotted', width: 1.5 },
      data: [budget.labelCount, needed].map((labels) => [place(labels), pretrained.mean]),
    },
  ];
}

function labelAxis(counts: number[]) {
  const [low, high] = [place(Math.min(...counts)), place(Math.max(...counts))];
  const margin = 0.08 * (high - low);
  const axis = numberAxis({
    name: 'labelled images (logarithmic)',
    min: low - margin,
    max: high + margin,
    lines: false,
    format: (value) => whole(10 ** value),
  });
  return { ...axis, axisLabel: { ...axis.axisLabel, customValues: counts.map(place) } };
}
