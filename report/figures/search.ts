import type { Arm } from '../../experiment/comparison';
import type { ComparisonResult } from '../results';
import { budgetPhrase, percent, rate } from '../wording';
import { colors, drawFigure, numberAxis, percentTick, placesAxis, type Figure, type Series } from './chart';

const looks: Record<Arm, { name: string; color: string; symbol: string; shift: number }> = {
  'fine-tuned': { name: 'BYOL, fine-tuned', color: colors.fineTuned, symbol: 'circle', shift: 0.06 },
  supervised: { name: 'supervised', color: colors.supervised, symbol: 'diamond', shift: -0.06 },
};

/** Validation accuracy of every learning rate tried at one label budget; the chosen one of each run is large and filled. */
export function searchFigure(comparisons: ComparisonResult[]): Figure | null {
  const first = comparisons[0];
  if (!first) return null;
  const rates = [...new Set(comparisons.flatMap((result) => result.search.map((tried) => tried.learningRate)))].sort(
    (a, b) => a - b,
  );
  const series = comparisons.map((result): Series => {
    const look = looks[result.arm];
    const tried = [...result.search].sort((a, b) => a.learningRate - b.learningRate);
    return {
      type: 'line',
      name: look.name,
      color: look.color,
      lineStyle: { width: 1, opacity: 0.6 },
      symbol: look.symbol,
      data: tried.map((each) => {
        const chosen = each.learningRate === result.chosen;
        return {
          value: [rates.indexOf(each.learningRate) + 1 + look.shift, each.validationAccuracy],
          symbolSize: chosen ? 11 : 6,
          itemStyle: { color: chosen ? look.color : colors.paper, borderColor: look.color, borderWidth: 1.5 },
        };
      }),
    };
  });
  const told = comparisons.map(
    (result) => `${result.arm}, seed ${result.seed}: ${rate(result.chosen)} with ${percent(result.validationAccuracy)}`,
  );
  return drawFigure({
    id: `search-${first.labels}`,
    title: `Search with ${budgetPhrase(first.labels, first.labelCount)}: validation accuracy, the chosen rate filled`,
    description: `Validation accuracy by learning rate, a line for each arm and seed. Chosen: ${told.join('; ')}.`,
    xAxis: placesAxis(rates.map(rate), 'learning rate'),
    yAxis: numberAxis({ format: percentTick }),
    series,
    legend: [looks['fine-tuned'].name, looks.supervised.name],
  });
}
