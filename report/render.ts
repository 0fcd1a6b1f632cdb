import { specYaml } from './spec-yaml';
import { answerOf } from './answer';
import { renderHtml } from './html/page';
import { renderJson } from './json';
import { renderMarkdown } from './markdown';
import type { ExperimentResults } from './results';
import type { NextStep } from './next-step';
import { budgetRows, type BudgetRow } from './budget-rows';

export interface Report {
  html: string;
  markdown: string;
  json: string;
  /** The spec as YAML: what the command that runs it again reads. */
  settings: string;
  /** The answer in a sentence or two, with its uncertainty. */
  headline: string;
  /** The comparison in words, for a terminal. */
  table: BudgetRow[];
  /** What to try where the answer disappoints. */
  next: NextStep[];
}

/**
 * All forms of the report, from the same numbers. Throws when one seed, arm and label budget stands twice among the results.
 * @param results as `experimentResults` (results.ts) parsed them: this does not check them again
 */
export function renderReport(results: ExperimentResults): Report {
  const answer = answerOf(results);
  return {
    html: renderHtml(answer, results),
    markdown: renderMarkdown(answer, results),
    json: renderJson(answer, results),
    settings: specYaml(results.spec),
    headline: answer.headline,
    table: budgetRows(answer.budgets),
    next: answer.next,
  };
}
