import { arms, type Arm } from '../../experiment/comparison';
import type { ComparisonResult } from '../results';
import { sameSetting, settingName, triedSettings } from '../search';
import { budgetPhrase, percent } from '../wording';
import { colors, drawFigure, numberAxis, percentTick, placesAxis, type Figure, type Series } from './chart';

const looks: Record<Arm, { name: string; color: string; symbol: string; shift: number }> = {
  'fine-tuned': { name: 'BYOL, fine-tuned', color: colors.fineTuned, symbol: 'circle', shift: 0.06 },
  'linear-probe': { name: 'BYOL, linear probe', color: colors.linearProbe, symbol: 'triangle', shift: 0 },
  supervised: { name: 'supervised', color: colors.supervised, symbol: 'diamond', shift: -0.06 },
};

/** Validation accuracy of every setting tried at one label budget; the chosen one of each run is large and filled. */
export function searchFigure(comparisons: ComparisonResult[]): Figure | null {
  const first = comparisons[0];
  if (!first) return null;
  const settings = triedSettings(comparisons);
  const named = settings.map((setting) => settingName(setting, comparisons));
  const axis = named.some((name) => name.includes(',')) ? 'learning rate, epochs' : 'learning rate';
  const present = arms.filter((arm) => comparisons.some((result) => result.arm === arm));
  const series = comparisons.map((result): Series => {
    const look = looks[result.arm];
    return {
      type: 'line',
      name: look.name,
      color: look.color,
      lineStyle: { width: 1, opacity: 0.6 },
      symbol: look.symbol,
      data: settings.flatMap((setting, at) => {
        const each = result.search.find((tried) => sameSetting(tried, setting));
        if (!each) return [];
        const chosen = sameSetting(setting, result.chosen);
        const point = {
          value: [at + 1 + look.shift, each.validationAccuracy],
          symbolSize: chosen ? 11 : 6,
          itemStyle: { color: chosen ? look.color : colors.paper, borderColor: look.color, borderWidth: 1.5 },
        };
        return [point];
      }),
    };
  });
  const told = comparisons.map(
    (result) =>
      `${result.arm}, seed ${result.seed}: ${settingName(result.chosen, comparisons)} with ${percent(result.validationAccuracy)}`,
  );
  return drawFigure({
    id: `search-${first.labels}`,
    title: `Search with ${budgetPhrase(first.labels, first.labelCount)}: validation accuracy, the chosen one filled`,
    description: `Validation accuracy by ${axis}, a line for each arm and seed. Chosen: ${told.join('; ')}.`,
    xAxis: placesAxis(named, axis),
    yAxis: numberAxis({ format: percentTick }),
    series,
    legend: present.map((arm) => looks[arm].name).reverse(),
  });
}
