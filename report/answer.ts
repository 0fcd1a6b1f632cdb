import { examine, type Finding } from './findings';
import { headlineOf } from './headline';
import { equivalences, labelEfficiency, type Equivalence, type LabelEfficiency } from './label-efficiency';
import type { ExperimentResults } from './results';
import { summarize, type BudgetStatistics } from './statistics';
import { whole } from './wording';

/** What the results say: the same for the page, Markdown, JSON and terminal. */
export interface Answer {
  question: string;
  headline: string;
  /** false: something in `findings` forbids reading the comparison as an answer. */
  valid: boolean;
  findings: Finding[];
  /** Fewest labels first. */
  budgets: BudgetStatistics[];
  efficiency: LabelEfficiency | null;
  /** What each label budget is worth in labels of the baseline; empty where the comparison is not valid. */
  equivalences: Equivalence[];
}

function questionOf({ question, dataset }: ExperimentResults): string {
  if (question && question.length <= 160) return question;
  const unlabelled = dataset.counts['unlabelled'];
  const images = unlabelled ? `${whole(unlabelled)} unlabelled images` : 'unlabelled images';
  return `Does BYOL pretraining on ${images} beat supervised training alone?`;
}

/** Draws the conclusions from an experiment's results. Throws when one seed, arm and budget stands twice. */
export function answerOf(results: ExperimentResults): Answer {
  const budgets = summarize(results.comparisons, results.imageIntervals);
  const findings = examine(results);
  const valid = findings.every((finding) => finding.level !== 'invalid');
  return {
    question: questionOf(results),
    headline: headlineOf(budgets, findings),
    valid,
    findings,
    budgets,
    efficiency: valid ? labelEfficiency(budgets) : null,
    equivalences: valid ? equivalences(budgets) : [],
  };
}
