import type { Answer } from './answer';
import type { ExperimentResults } from './results';

/** The report for machines: the answer, its statistics, and all measurements that they were made from (pictures left out). */
export function renderJson(answer: Answer, { samples: _pictures, ...results }: ExperimentResults): string {
  const { efficiency, ...rest } = answer;
  const document = {
    format: 'durable-byol-report/1',
    ...rest,
    efficiency: efficiency && { few: efficiency.few.labels, many: efficiency.many.labels },
    results,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
