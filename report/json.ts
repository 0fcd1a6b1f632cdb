import type { Answer } from './answer';
import { toKeepInMind } from './first-screen';
import type { LabelEfficiency } from './label-efficiency';
import type { ExperimentResults } from './results';

/** The report for machines: the answer, its statistics, and all measurements that they were made from (pictures left out). */
export function renderJson(
  answer: Answer,
  { samples: _pictures, neighbours, map, ...rest }: ExperimentResults,
): string {
  const { efficiency, across, equivalences, ...told } = answer;
  const results = {
    ...rest,
    neighbours: neighbours.map(({ query, nearest }) => ({
      query: query.label,
      nearest: nearest.map(({ label }) => label),
    })),
    map: map.map(({ x, y, label }) => ({ x, y, label })),
  };
  const document = {
    format: 'durable-byol-report/1',
    ...told,
    keepInMind: toKeepInMind(answer),
    efficiency: efficiency && byLabels(efficiency),
    across: across.map(byLabels),
    equivalences: equivalences.map(({ budget, ...each }) => ({ labels: budget.labels, ...each })),
    results,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

const byLabels = ({ few, many, ...rest }: LabelEfficiency) => ({ few: few.labels, many: many.labels, ...rest });
