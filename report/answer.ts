import { dataName } from '../experiment/data-name';
import { examine } from './findings/examine';
import type { Finding } from './findings/finding';
import { headlineOf } from './headline';
import { acrossBudgets, labelEfficiency, type LabelEfficiency } from './label-efficiency';
import { equivalences, type Equivalence } from './labels-needed';
import type { ExperimentResults } from './results';
import { summarize, type BudgetStatistics } from './statistics';
import { nextSteps } from './next-steps';
import type { NextStep } from './next-step';
import { chosenOn } from './search';
import { whole } from './wording';

/** What the results say: the same for the page, Markdown, JSON and terminal. */
export interface Answer {
  question: string;
  /** Where the weights came from that every arm started from; null: random ones. */
  givenWeights: string | null;
  headline: string;
  /** false: something in `findings` forbids reading the comparison as an answer. */
  valid: boolean;
  findings: Finding[];
  /** Fewest labels first. */
  budgets: BudgetStatistics[];
  /** What the headline says of fewer labels against more; null where the intervals allow no such saying. */
  efficiency: LabelEfficiency | null;
  /** Pretrained with fewer labels against supervised with more, every pair of budgets; empty where the comparison is not valid. */
  across: LabelEfficiency[];
  /** What each label budget is worth in labels of the baseline; empty where the comparison is not valid. */
  equivalences: Equivalence[];
  /** What to try where the answer disappoints, the likeliest first; empty where pretraining helped. */
  next: NextStep[];
}

function questionOf({ question, spec, dataset, weights }: ExperimentResults): string {
  if (question && question.length <= 160) return question;
  const unlabelled = dataset.counts['unlabelled'];
  const images = unlabelled ? `${whole(unlabelled)} unlabelled images` : 'unlabelled images';
  return `Does BYOL pretraining on ${images} of ${dataName(spec.dataset)} beat supervised training${weights ? ' from given weights' : ''} alone?`;
}

/** The baseline is another one than from random weights, so the answer says it. */
const startSentence = ({ weights }: ExperimentResults): string =>
  weights
    ? ` Supervised means supervised from given weights (${weights.source}), from which pretraining started too.`
    : '';

/** Draws the conclusions from an experiment's results. Throws when one seed, arm and budget stands twice. */
export function answerOf(results: ExperimentResults): Answer {
  const budgets = summarize(results.comparisons, results.imageIntervals);
  const findings = examine(results);
  const valid = findings.every((finding) => finding.level !== 'invalid');
  const across = valid ? acrossBudgets(budgets, results.imageIntervals) : [];
  const efficiency = labelEfficiency(across);
  return {
    question: questionOf(results),
    givenWeights: results.weights?.source ?? null,
    headline: headlineOf({ budgets, findings, efficiency }, chosenOn(results)) + startSentence(results),
    valid,
    findings,
    budgets,
    efficiency,
    across,
    equivalences: valid ? equivalences(budgets) : [],
    next: nextSteps(results, findings, efficiency?.few ?? budgets[0]),
  };
}
